"""Tables that others open in a spreadsheet: what a stranger wrote in a form must never run there as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook

# What a spreadsheet takes for the start of a formula; a line break or a tab before one is no hindrance to it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(value: Any) -> Any:
    """Return a text with an apostrophe before what a spreadsheet takes for a formula; all else as it is."""
    text = str(value)
    if isinstance(value, int | float) or not text.startswith(FORMULA_STARTS):
        return value
    return f"'{text}"


class HarmlessExport:
    """Mixed into a list or report of Wagtail's: its table is harmless in a spreadsheet, as CSV and as Excel."""

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return the cell's content. An object is written as its name, which may be a formula too."""
        cell = super().preprocess_field_value(field, value, export_format)  # type: ignore[misc]
        return harmless(cell) if isinstance(cell, str) else cell


def table_file(rows: Iterable[Sequence[Any]], name: str, kind: str) -> HttpResponse:
    """Return rows, headings first, as a file to download: `kind` is "csv" (semicolons, as Excel wants) or "xlsx".

    Texts are made harmless. `name` is the file's name without ending.
    """
    cells = [[harmless(value) for value in row] for row in rows]
    content, type_ = _excel(cells) if kind == "xlsx" else _csv(cells)
    response = HttpResponse(content, content_type=type_)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def _csv(rows: list[list]) -> tuple[bytes, str]:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    # The mark at the beginning tells Excel that it is UTF-8.
    return written.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8"


def _excel(rows: list[list]) -> tuple[bytes, str]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
