"""Bar and line charts drawn on the server: Vega-Lite makes the SVG, here it is fitted to the portal's pages.

The drawing carries no inline style (the content security policy forbids it): marks get classes, and the stylesheet
gives them the theme's colours. Every drawing is one picture to a screen reader; the numbers stand in a table beside it.
"""

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# Colours that stand in for the theme's until the stylesheet takes over (they are what an e-mail or a PDF shows).
SERIES_COLOURS = ["#003087", "#00727a", "#9a5b13", "#575e69", "#7a2f63"]
INK = "#232c3a"
SOFT = "#575e69"
GRID = "#d8dadd"
WIDTH = 400
LYING_WIDTH = 280
# Below it the engine would put fractions between whole figures.
FEW = 5
HEIGHT = 230
# Labels longer than this stand beside lying bars instead of under standing ones (characters).
LONGEST_STANDING_LABEL = 9
FONT = "Inter, Arial, sans-serif"
CACHE_SECONDS = 30 * 24 * 3600
NORWEGIAN = {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0kr"]}


def draw(value) -> SafeString:
    """Return the chart of a chart block's value as an accessible SVG; "" when there is nothing to draw."""
    names, rows = value.series_names, value.table
    if not names or not rows:
        return mark_safe("")
    spec = specification(value["kind"], names, rows, value.get("unit") or "")
    return _accessible(_svg(json.dumps(spec, sort_keys=True)), value["title"], describe(names, rows, value))


def describe(names: list[str], rows: list[tuple[str, list[float]]], value) -> str:
    """Return the editor's sentence about the chart, else the first and last row in words."""
    if value.get("summary"):
        return value["summary"]
    ends = [rows[0], rows[-1]] if len(rows) > 1 else [rows[0]]
    return "; ".join(
        f"{label}: "
        + ", ".join(f"{name} {number(figure)}" for name, figure in zip(names, figures, strict=False))
        for label, figures in ends
    )


def number(figure: float | None) -> str:
    """Return a figure as Norwegians write it: "1 732", "30,5"."""
    if figure is None:
        return ""
    text = f"{figure:,.0f}" if float(figure).is_integer() else f"{figure:,.2f}".rstrip("0")
    return text.replace(",", "\u00a0").replace(".", ",")


def specification(
    kind: str, names: list[str], rows: list[tuple[str, list[float]]], unit: str
) -> dict[str, Any]:
    """Return the Vega-Lite specification of a bar or line chart."""
    data = [
        {"label": label, "series": name, "value": figure, "text": number(figure)}
        for label, figures in rows
        for name, figure in zip(names, figures, strict=False)
        if figure is not None
    ]
    lying = kind == "bar" and max(len(label) for label, _figures in rows) > LONGEST_STANDING_LABEL
    several = len(names) > 1
    shown = [figure for _label, figures in rows for figure in figures if figure is not None]
    layers = _line_layers(several) if kind == "line" else _bar_layers(lying, several, len(rows))
    height = {"step": 17 if several else 30} if lying else HEIGHT
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": data},
        "width": LYING_WIDTH if lying else WIDTH,
        # The browser sets labels in Inter, a little wider than they were measured here.
        "padding": {"left": 14, "right": 14, "top": 6, "bottom": 6},
        "height": height,
        "encoding": _axes(lying, kind, several, names, unit, shown),
        "layer": layers,
        "config": _look(),
    }


def _axes(
    lying: bool, kind: str, several: bool, names: list[str], unit: str, shown: list[float]
) -> dict[str, Any]:
    labels: dict[str, Any] = {
        "field": "label",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {
            "labelAngle": 0,
            "labelLimit": 170,
            "labelOverlap": True,
            # In Inter words beside each other are wider than the engine believes.
            "labelSeparation": 0 if lying else 14,
            "ticks": False,
        },
    }
    # Room above the highest mark for its figure.
    figures: dict[str, Any] = {
        "field": "value",
        "type": "quantitative",
        "title": unit or None,
        "axis": {"tickCount": 4, "domain": False, "ticks": False, **_few_ticks(shown)},
        "scale": {"zero": True, "nice": True},
    }
    encoding = {"y": labels, "x": figures} if lying else {"x": labels, "y": figures}
    if several:
        scale = {"domain": names, "range": SERIES_COLOURS[: len(names)]}
        encoding["color"] = {"field": "series", "type": "nominal", "scale": scale, "title": None}
        if kind == "bar":
            encoding["yOffset" if lying else "xOffset"] = {"field": "series", "sort": names}
    else:
        encoding["color"] = {"value": SERIES_COLOURS[0]}
    return encoding


def _few_ticks(shown: list[float]) -> dict[str, Any]:
    """Nobody clicks half a time: the axis of a few whole figures has no fractions."""
    highest = max(shown, default=0)
    if highest >= FEW or min(shown, default=0) < 0 or not all(float(figure).is_integer() for figure in shown):
        return {}
    return {"values": list(range(int(highest) + 1)), "format": "d"}


def _bar_layers(lying: bool, several: bool, count: int) -> list[dict[str, Any]]:
    corner = {"cornerRadiusEnd": 3}
    layers: list[dict[str, Any]] = [{"mark": {"type": "bar", **corner}}]
    if not several and count <= 14:
        place = {"align": "left", "dx": 5} if lying else {"baseline": "bottom", "dy": -4}
        layers.append(
            {
                "mark": {"type": "text", "fontWeight": 600, **place},
                "encoding": {"text": {"field": "text"}, "color": {"value": INK}},
            }
        )
    return layers


def _line_layers(several: bool) -> list[dict[str, Any]]:
    dashes = {"strokeDash": {"field": "series", "type": "nominal", "legend": None}} if several else {}
    shapes = {"shape": {"field": "series", "type": "nominal", "legend": None}} if several else {}
    return [
        {"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": dashes},
        {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1}, "encoding": shapes},
    ]


def _look() -> dict[str, Any]:
    return {
        "font": FONT,
        "background": None,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 500,
            "labelColor": INK,
            "titleColor": SOFT,
            "gridColor": GRID,
            "domainColor": SOFT,
            "labelPadding": 6,
            "titlePadding": 8,
        },
        "legend": {
            "orient": "top",
            "labelFontSize": 12,
            "labelColor": INK,
            "symbolType": "square",
            "offset": 8,
        },
        "text": {"fontSize": 12},
        "scale": {"bandPaddingInner": 0.3, "bandPaddingOuter": 0.2},
    }


def _svg(spec: str) -> str:
    """Return the raw drawing, remembered: the first one in a process takes seconds."""
    # Any fault of the cache is left aside: a chart must not take its page with it.
    key = "chart:" + hashlib.sha256(spec.encode()).hexdigest()
    try:
        found = cache.get(key)
    except Exception:
        found = None
    if found is None:
        found = _render(spec)
        try:
            cache.set(key, found, CACHE_SECONDS)
        except Exception:
            return found
    return found


@lru_cache(maxsize=64)
def _render(spec: str) -> str:
    # Imported here: loading the engine costs every process memory, and most draw nothing.
    import vl_convert

    return vl_convert.vegalite_to_svg(json.loads(spec), format_locale=NORWEGIAN)


def _accessible(svg: str, title: str, description: str) -> SafeString:
    """Return the drawing as one named picture, its colours as classes, its size from the place it stands in."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    inner = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    inner = re.sub(r'\s(?:aria-[a-z]+|role|pointer-events)="[^"]*"', "", inner)
    inner = re.sub(r'\sclass="[^"]*"', "", inner)
    inner = re.sub(r"<[a-z]+ [^>]*>", _with_colour_classes, inner)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{}" role="img" aria-label="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        box[1] if box else f"0 0 {WIDTH} {HEIGHT}",
        f"{title}. {description}",
        title,
        description,
        mark_safe(_without_style(inner)),  # noqa: S308 - made by Vega from escaped text
    )


def _with_colour_classes(match: re.Match) -> str:
    """Return an element's opening with classes for the series' colours it is drawn in."""
    element = match[0]
    classes = [
        f"tp-{attribute}-{position}"
        for position, colour in enumerate(SERIES_COLOURS, start=1)
        for attribute in ("fill", "stroke")
        if f'{attribute}="{colour}"' in element
    ]
    if not classes:
        return element
    end = "/>" if element.endswith("/>") else ">"
    return f'{element.removesuffix(end)} class="{" ".join(classes)}"{end}'


def _without_style(svg: str) -> str:
    """Return the drawing without style attributes and elements, which the policy would refuse."""
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.S)
    return re.sub(r'\sstyle="[^"]*"', "", svg)
