"""The cells of an editor's table."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Row = Sequence[object]


def table_rows(data: Sequence[Row], headings: Row | None, first_is_header: bool) -> list[SafeString]:
    """Return the cells of each row as HTML. `headings` label the cells on a phone, where a row becomes a list."""
    labels = [f' data-label="{escape(text)}"' if text else "" for text in headings or []]
    rows = []
    for row in data:
        cells = [
            _cell(_text(value), label) for value, label in zip(row, _filled(labels, len(row)), strict=True)
        ]
        if first_is_header and cells:
            cells[0] = f'<th scope="row">{escape(_text(row[0]))}</th>'
        rows.append(mark_safe("".join(cells)))  # noqa: S308 - every text in it is escaped
    return rows


def _cell(text: str, label: str) -> str:
    kind = ' class="tp-number"' if looks_like_number(text) else ""
    shown = escape(text).replace("\n", "<br>")
    return f"<td{kind}{label}>{shown}</td>"


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _filled(labels: list[str], length: int) -> list[str]:
    return (labels + [""] * length)[:length]


def looks_like_number(text: str) -> bool:
    """Whether a table cell holds a figure, which is set right."""
    cleaned = text.replace("\xa0", "").replace(" ", "").replace("%", "").replace(",", ".")
    return cleaned.lstrip("-+–").replace(".", "", 1).isdigit()
