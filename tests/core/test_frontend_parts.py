"""What the pages are put together from: charts, colours, anchors, periods, films, page numbers."""

import json
import re
from datetime import datetime
from itertools import pairwise

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.utils import timezone, translation

from core import charts, palette
from core.contrast import contrast_ratio
from core.glossary import by_letter
from core.outline import Anchors, link_notes
from core.templatetags.portal_tags import page_numbers, period
from tests.core.factories import GlossaryTermFactory


class Value(dict):
    """A chart block's value, made without the block."""

    @property
    def series_names(self):
        return self["series"]

    @property
    def table(self):
        return self["rows"]


def chart(kind: str = "bar", **fields) -> Value:
    rows = [("2014", [3.0, 1.0]), ("2017", [20.0, 1732.5])]
    return Value(
        {
            "title": "Seminarer",
            "kind": kind,
            "unit": "antall",
            "series": ["Kurs", "Møter"],
            "rows": rows,
            **fields,
        }
    )


@pytest.mark.parametrize("kind", ["bar", "line"])
def test_a_chart_is_one_named_picture_without_inline_style(kind):
    svg = charts.draw(chart(kind, summary="Antallet øker."))
    assert svg.startswith("<svg ")
    assert 'role="img"' in svg
    assert "<title>Seminarer</title><desc>Antallet øker.</desc>" in svg
    assert "style=" not in svg
    assert "<style" not in svg
    assert svg.count("role=") == 1
    assert "tp-fill-1" in svg or "tp-stroke-1" in svg
    assert "tp-fill-2" in svg


def test_a_chart_title_cannot_break_out_of_the_drawing():
    svg = charts.draw(chart(title='"><script>alert(1)</script>', summary="<b>"))
    assert "<script>" not in svg
    assert "<b>" not in svg


def test_a_chart_without_a_sentence_is_told_by_its_first_and_last_row():
    assert charts.describe(["Kurs"], [("2014", [3.0]), ("2016", [9.0]), ("2017", [1732.5])], {}) == (
        "2014: Kurs 3; 2017: Kurs 1\u00a0732,5"
    )


def test_a_chart_with_no_rows_is_nothing():
    assert charts.draw(chart(rows=[])) == ""


@pytest.mark.parametrize(
    "colour", ["#003087", "#7a1f3d", "#0b5345", "#ffee00", "#ffffff", "#000000", "#808080"]
)
def test_any_own_colour_gives_readable_texts_on_every_surface(colour):
    steps = palette.tokens(colour)
    for ground in ("background-default", "background-tinted", "surface-tinted", "surface-hover"):
        assert contrast_ratio(steps["text-subtle"], steps[ground]) >= 4.5
        assert contrast_ratio(steps["text-default"], steps[ground]) >= 7
    assert contrast_ratio(steps["base-contrast-default"], steps["base-default"]) >= 4.5
    assert contrast_ratio(steps["border-default"], steps["background-default"]) >= 3


def test_headings_that_say_the_same_get_anchors_of_their_own():
    anchors = Anchors()
    taken = [anchors.take(text) for text in ("Før møtet", "Før møtet", "10 råd", "§§")]
    assert taken == ["for-motet", "for-motet-2", "del-10-rad", "del"]


def test_a_note_without_a_number_in_the_list_stays_as_it_was_written():
    assert link_notes("se [^3]", 2, "", set()) == "se [^3]"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((2026, 3, 12, 9, 0), (2026, 3, 12, 15, 30), "12. mars 2026 kl. 09.00–15.30"),
        ((2026, 5, 7, 9, 0), (2026, 5, 8, 15, 0), "7.–8. mai 2026"),
        ((2026, 1, 30, 9, 0), (2026, 2, 2, 15, 0), "30. januar–2. februar 2026"),
        ((2026, 12, 31, 9, 0), (2027, 1, 1, 15, 0), "31. desember 2026–1. januar 2027"),
        ((2026, 3, 12, 9, 0), None, "12. mars 2026 kl. 09.00"),
    ],
)
def test_a_period_is_said_without_repeating_itself(start, end, words):
    moments = [timezone.make_aware(datetime(*moment)) if moment else None for moment in (start, end)]
    with translation.override("nb"):
        assert period(*moments) == words


def test_page_numbers_show_the_ends_and_the_neighbours():
    assert page_numbers(Paginator(range(200), 10), 10) == [1, 0, 9, 10, 11, 0, 20]
    assert page_numbers(Paginator(range(20), 10), 1) == [1, 2]


def test_an_icon_is_hidden_from_screen_readers():
    html = Template('{% load portal_tags %}{% icon "search" %}').render(Context())
    assert 'aria-hidden="true"' in html


@pytest.mark.django_db
def test_the_glossary_follows_the_norwegian_alphabet():
    for term in ("Ås", "Ære", "Abc", "Øl", "12-trinn"):
        GlossaryTermFactory(term=term)
    groups = [group for group in by_letter() if group.terms]
    assert [group.letter for group in groups] == ["A", "Æ", "Ø", "Å", "#"]


def test_the_themes_hold_contrast_for_texts_and_buttons():
    pattern = re.compile(r"--ds-color-(\w+)-([\w-]+): (#[0-9a-fA-F]{6});")
    for name in ("hospital", "forest", "plum", "slate"):
        with open(f"frontend/themes/generated/theme-{name}.css", encoding="utf-8") as file:
            steps = {(colour, step): value for colour, step, value in pattern.findall(file.read())}
        for colour in ("primary", "accent", "warm", "neutral"):
            texts = (steps[colour, "text-subtle"], steps[colour, "surface-tinted"])
            button = (steps[colour, "base-contrast-default"], steps[colour, "base-default"])
            assert contrast_ratio(*texts) >= 4.5, f"{name} {colour} text"
            assert contrast_ratio(*button) >= 4.5, f"{name} {colour} button"


def test_the_steps_of_a_palette_darken_in_order():
    steps = palette.tokens("#003087")
    order = ["background-tinted", "surface-tinted", "surface-hover", "surface-active", "border-subtle"]
    ratios = [contrast_ratio(steps[name], "#ffffff") for name in order]
    assert all(lighter < darker for lighter, darker in pairwise(ratios))


def _labels(svg: str, rows: list) -> list[str]:
    seen = {text for how, text in re.findall(r"<text([^>]*)>([^<]*)</text>", svg) if 'opacity="0"' not in how}
    return [label for label, _figures in rows if label in seen]


def test_hours_under_a_chart_stand_apart_and_every_lying_bar_has_its_name():
    hours = [(f"{24 + hour // 24}.9. {hour % 24:02}", [hour % 5]) for hour in range(72)]
    few = _labels(charts._render(json.dumps(charts.specification("line", ["Klikk"], hours, ""))), hours)
    assert 2 <= len(few) <= 6
    names = [(f"Et ganske langt navn {number}", [number, 2]) for number in range(12)]
    assert (
        len(_labels(charts._render(json.dumps(charts.specification("bar", ["En", "To"], names, ""))), names))
        == 12
    )


def _figures_beside(values: list[float]) -> set[str]:
    rows = [(f"Dag {number}", [value]) for number, value in enumerate(values)]
    svg = charts._render(json.dumps(charts.specification("line", ["Klikk"], rows, "")))
    return set(re.findall(r">(\d[\d,.]*)</text>", svg))


def test_an_axis_of_whole_figures_has_no_fractions_and_one_of_fractions_has_them():
    assert _figures_beside([0, 1, 0]) == {"0", "1"}
    assert any("," in figure or "." in figure for figure in _figures_beside([0, 0.5, 0.2]))
