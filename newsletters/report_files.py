"""A letter's figures as files: CSV for anything, Excel for working on, PDF for the meeting."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.spreadsheets import harmless
from newsletters.figure_text import decimal, number
from newsletters.figure_words import comparison_words, key_figures, measuring_words
from newsletters.report_tables import Cell, Share, Table, breakdown_table, links, tables
from newsletters.statistics import LetterFigures
from newsletters.statistics_charts import short_name, timeline_chart

FORMATS = {Share: "0.0%", float: "0.0", datetime: "d.m.yyyy hh:mm"}
WIDEST = 60
PDF_LINKS = 10


class PdfMissing(RuntimeError):
    """The machine lacks what draws PDF files (Pango)."""


def csv_text(figures: LetterFigures) -> str:
    """Return the figures as a semicolon-separated table in long form, with the mark Excel knows UTF-8 by."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Part"), _("Name"), _("Figure"), _("Value")])
    for table in tables(figures):
        writer.writerows([harmless(value) for value in row] for row in _long_form(table))
    return out.getvalue()


def excel_file(figures: LetterFigures) -> bytes:
    """Return a workbook with one sheet per table, and one on what the figures can tell."""
    book = Workbook()
    book.remove(book.active)
    delivery = figures.delivery
    book.properties.title = _("Figures of %(letter)s") % {"letter": delivery.letter}
    for table in tables(figures):
        _write_sheet(book.create_sheet(table.title[:31]), table)
    _write_words(book.create_sheet(_("About the figures")), figures)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf_file(figures: LetterFigures) -> bytes:
    """Return the report as a tagged PDF for A4. Raises PdfMissing where Pango is not installed."""
    try:
        from weasyprint import CSS, HTML
    except OSError as error:
        raise PdfMissing("WeasyPrint found no Pango.") from error
    page = HTML(string=pdf_html(figures), url_fetcher=_fetch_nothing)
    return page.write_pdf(
        stylesheets=[CSS(filename=finders.find("newsletters/report.css"))], pdf_variant="pdf/ua-1"
    )


def pdf_html(figures: LetterFigures) -> str:
    """Return the report's page before it is drawn."""
    numbered = zip(figures.links, links(figures).rows, strict=True)
    clicked = [row for link, row in sorted(numbered, key=lambda pair: -pair[0].clicks)]
    found = [breakdown_table(figures, breakdown) for breakdown in figures.breakdowns]
    context = {
        "delivery": figures.delivery,
        "name": short_name(figures.delivery),
        "rows": key_figures(figures),
        "chart": timeline_chart(figures),
        "links": [[shown(value) for value in row[:4]] for row in clicked[:PDF_LINKS]],
        "left_out": max(0, len(clicked) - PDF_LINKS),
        "tables": [
            {"table": table, "rows": [[shown(value) for value in row] for row in table.rows]}
            for table in found
            if table.rows
        ],
        "comparison": comparison_words(figures, figures.earlier),
        "measuring": measuring_words(figures),
    }
    return render_to_string("newsletters/admin/statistics_pdf.html", context)


def shown(value: Cell) -> str:
    """Return a cell as text."""
    if value is None:
        return ""
    if isinstance(value, Share):
        return f"{decimal(100 * value)}\u00a0%"
    if isinstance(value, float):
        return decimal(value)
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    return number(value) if isinstance(value, int) else value


def _long_form(table: Table) -> Iterator[list]:
    for row in table.rows:
        for heading, value in zip(table.headings[1:], row[1:], strict=True):
            if value is not None:
                # Whole numbers stay numbers: a space between the thousands would make them text.
                plain = value if isinstance(value, int) else shown(value)
                yield [table.title, shown(row[0]), heading, plain]


def _write_sheet(sheet: Worksheet, table: Table) -> None:
    sheet.append(table.headings)
    for row in table.rows:
        sheet.append([float(value) if isinstance(value, Share) else harmless(value) for value in row])
        for cell, value in zip(sheet[sheet.max_row], row, strict=True):
            cell.number_format = FORMATS.get(type(value), "General")
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    for position, column in enumerate(sheet.columns, start=1):
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(position)].width = min(WIDEST, max(10, longest + 2))
    # Printed on paper: the whole width on one sheet, the headings on every page.
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _write_words(sheet: Worksheet, figures: LetterFigures) -> None:
    heading, sentences = measuring_words(figures)
    for text in [heading, *sentences, *comparison_words(figures, figures.earlier)]:
        sheet.append([harmless(text)])
        sheet.cell(sheet.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True)
    sheet.column_dimensions["A"].width = 100


def _fetch_nothing(url: str, *args, **kwargs):
    raise ValueError(f"The report fetches nothing, not {url}")
