"""Read a table of people from a file as hospitals have them: Excel workbooks and text files of many habits.

Rows come one at a time, so that a large file needs no more memory than a small one. What a file says about itself
(its size, its number of rows) is not believed.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from directory.imports import text_files
from directory.imports.errors import UnreadableFile
from directory.imports.mapping import known_headings

# A heading is looked for among so many rows that hold something; so many columns are read, so much of a cell.
HEADING_ROWS = 30
MAX_COLUMNS = 100
MAX_CELL = 500
# After so many blank rows nothing more comes: a workbook may hold a million of them.
BLANK_ROWS = 20_000
EXCEL_ROWS = 1_048_576
# What the parts of a workbook may grow to when they are unpacked (bytes): sheets are read as a stream, the rest whole.
SHEET_BYTES = 400_000_000
OTHER_BYTES = 60_000_000
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Row = tuple[int, list[str]]


@dataclass
class Table:
    """A file's table: its headings, and what yields its rows each time it is called."""

    headings: list[str]
    first_row: int
    every_row: Callable[[], Iterator[Row]]

    def rows(self) -> Iterator[Row]:
        """Yield (number in the file, cells) of each row that holds something, below the heading.

        Raises UnreadableFile where the file breaks off, and when it holds more rows than the limit.
        """
        number_of_rows = 0
        for number, cells in self.every_row():
            if number < self.first_row:
                continue
            number_of_rows += 1
            if number_of_rows > settings.IMPORT_MAX_ROWS:
                raise UnreadableFile(
                    _("The file has more than %(rows)s rows. Divide it into several.")
                    % {"rows": settings.IMPORT_MAX_ROWS}
                )
            yield number, cells

    def samples(self, size: int = 3) -> list[list[str]]:
        """Return the first rows' cells."""
        return [cells for _number, cells in islice(self.rows(), size)]


def open_table(content: bytes) -> Table:
    """Find the table in a file. Raises UnreadableFile with a sentence for the user."""
    if not content or content.isspace():
        raise UnreadableFile(_("The file is empty."))
    if len(content) > settings.IMPORT_MAX_MEGABYTES * 1_000_000:
        raise UnreadableFile(
            _("The file is larger than %(size)s MB. Divide it, or leave out columns that are not needed.")
            % {"size": settings.IMPORT_MAX_MEGABYTES}
        )
    every_row = _reader(content)
    first = list(islice(every_row(), HEADING_ROWS))
    if not first:
        raise UnreadableFile(_("The file has no rows with content."))
    return _with_heading(first, every_row)


def every_row(content: bytes) -> Iterator[Row]:
    """Yield each row that holds something, titles and heading too. Raises UnreadableFile."""
    return _reader(content)()


def _reader(content: bytes) -> Callable[[], Iterator[Row]]:
    if content.startswith(OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise UnreadableFile(
                _(
                    "The file is protected by a password. Open it in Excel, save a copy without one, and choose it."
                )
            )
        raise UnreadableFile(
            _(
                "The file is in Excel's old format (.xls). Open it in Excel and save it as an Excel workbook (.xlsx)."
            )
        )
    if content.startswith(b"PK"):
        _check_archive(content)
        sheet = _first_sheet(content)
        return lambda: _filled(_workbook_rows(content, sheet))
    reader = text_files.reader(content, known_headings)
    return lambda: _filled(reader())


def _filled(rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    """Number the rows as the file shows them, and yield those that hold something."""
    blank = 0
    for number, wide in enumerate(rows, start=1):
        row = wide[:MAX_COLUMNS]
        blank = 0 if any(row) else blank + 1
        if blank > BLANK_ROWS:
            return
        if blank:
            continue
        cells = _trimmed([_text(value) for value in row])
        if cells:
            yield number, cells


def _text(value: Any) -> str:
    """Return a cell as text on one line: dates as 2026-01-31, whole numbers without a point, errors as nothing."""
    if value is None or value == "":
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = " ".join(str(value)[: MAX_CELL * 2].replace("\x00", "").split())
    if text.startswith("#") and text.rstrip("!?").isupper():  # #N/A, #REF!, #NAVN?
        return ""
    if not text.isprintable():
        text = "".join(letter for letter in text if letter.isprintable())
    return text[:MAX_CELL]


def _check_archive(content: bytes) -> None:
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


def _workbook(content: bytes) -> Any:
    try:
        return load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever openpyxl meets in a broken part
        raise UnreadableFile(_broken()) from error


def _first_sheet(content: bytes) -> int:
    """Return the place of the first sheet that holds something."""
    for place, _sheet in enumerate(_workbook(content).worksheets):
        if next(_filled(_workbook_rows(content, place)), None):
            return place
    raise UnreadableFile(_("The file has no rows with content."))


def _workbook_rows(content: bytes, place: int) -> Iterator[Sequence[Any]]:
    workbook = _workbook(content)
    try:
        sheet = workbook.worksheets[place]
        # The dimensions a sheet declares may be wrong by a million rows; what is there counts.
        sheet.reset_dimensions()
        # Each row as wide as it is: padded to the widest, most of the time would go into empty cells.
        yield from sheet.iter_rows(max_row=EXCEL_ROWS, values_only=True)
    except UnreadableFile:
        raise
    except Exception as error:  # whatever openpyxl meets in a broken sheet
        raise UnreadableFile(_broken()) from error
    finally:
        workbook.close()


def _with_heading(first: list[Row], every_row: Callable[[], Iterator[Row]]) -> Table:
    """Take the row that names most fields for the heading; without one, the first that looks like one.

    Titles above the table fill one cell. A file whose first full row holds an address has no heading: its columns
    are called by their letters.
    """
    number, cells = max(first, key=lambda row: (known_headings(row[1]), -row[0]))
    if not known_headings(cells):
        number, cells = max(first, key=lambda row: (sum(map(bool, row[1])), -row[0]))
    if any("@" in cell for cell in cells):
        return Table([_letter(place) for place in range(len(cells))], first[0][0], every_row)
    width = max(len(row) for _number, row in first)
    headings = [cell or _letter(place) for place, cell in enumerate((cells + [""] * width)[:width])]
    return Table(headings, number + 1, every_row)


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _letter(place: int) -> str:
    """Return a column's name as Excel shows it."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return _("Column %(letter)s") % {"letter": letters}
