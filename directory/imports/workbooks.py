"""Excel workbooks as streams: what a broken or hostile one may cost is bounded before it is opened."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from directory.imports.errors import UnreadableFile

EXCEL_ROWS = 1_048_576
# So many sheets are looked at; nobody chooses among more.
MAX_SHEETS = 50
MAX_NAME = 200
# What the parts of a workbook may grow to when they are unpacked (bytes): sheets are read as a stream, the rest whole.
SHEET_BYTES = 400_000_000
OTHER_BYTES = 60_000_000


@dataclass(frozen=True)
class Sheet:
    """A sheet by its place among the workbook's sheets."""

    place: int
    name: str
    is_hidden: bool


def check(content: bytes) -> None:
    """Refuse a workbook that would fill the memory when it is unpacked, or that is no workbook at all."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise UnreadableFile(
                    _("This is not an Excel workbook. Save the table as .xlsx or .csv and choose that file.")
                )
            sheets = sum(part.file_size for part in parts if part.filename.startswith("xl/worksheets/"))
            others = sum(part.file_size for part in parts) - sheets
            if sheets > SHEET_BYTES or others > OTHER_BYTES:
                raise UnreadableFile(
                    _(
                        "The workbook is too large when it is unpacked. Copy the table to a new workbook and save that."
                    )
                )
            for part in parts:
                with archive.open(part) as file:
                    if b"<!DOCTYPE" in file.read(1000):
                        raise UnreadableFile(_broken())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFile(_broken()) from error


def _broken() -> str:
    return _("The file is broken and could not be read. Open it in Excel, save it anew, and choose it again.")


@contextmanager
def opened(content: bytes) -> Iterator[Any]:
    """Hold a workbook open for `sheets` and `rows`. Raises UnreadableFile."""
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever openpyxl meets in a broken part
        raise UnreadableFile(_broken()) from error
    try:
        yield book
    finally:
        book.close()


def sheets(book: Any) -> list[Sheet]:
    """Return the sheets in the workbook's order, hidden ones last."""
    found = [
        Sheet(place, sheet.title[:MAX_NAME], sheet.sheet_state != "visible")
        for place, sheet in enumerate(book.worksheets)
    ]
    return sorted(found, key=lambda sheet: sheet.is_hidden)


def rows(book: Any, sheet: Sheet) -> Iterator[Sequence[Any]]:
    """Yield a sheet's rows, blank ones too. Raises UnreadableFile where it breaks off."""
    try:
        source = book.worksheets[sheet.place]
        # The dimensions a sheet declares may be wrong by a million rows; what is there counts.
        source.reset_dimensions()
        # Each row as wide as it is: padded to the widest, most of the time would go into empty cells.
        yield from source.iter_rows(max_row=EXCEL_ROWS, values_only=True)
    except Exception as error:  # whatever openpyxl meets in a broken sheet
        raise UnreadableFile(_broken()) from error
