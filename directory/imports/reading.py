"""Read a table of people from a file as hospitals have them: Excel workbooks and text files of many habits.

Rows come one at a time, so that a large file needs no more memory than a small one. What a file says about itself
(its size, its number of rows) is not believed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _

from directory.imports import text_files, workbooks
from directory.imports.errors import UnreadableFile
from directory.imports.mapping import field_of, known_headings

# A heading is looked for among so many rows that hold something; so many columns are read, so much of a cell.
HEADING_ROWS = 30
MAX_COLUMNS = 100
MAX_CELL = 500
# After so many blank rows nothing more comes: a workbook may hold a million of them.
BLANK_ROWS = 20_000
# Sheets that look alike are told apart by their rows, counted so far.
COUNTED_ROWS = 5_000
ARCHIVE = b"PK"
WORKBOOK_NAMES = (".xlsx", ".xlsm")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Row = tuple[int, list[str]]


@dataclass
class Table:
    """A file's table: its headings, what yields its rows each time it is called, and the sheet it is on."""

    headings: list[str]
    first_row: int
    every_row: Callable[[], Iterator[Row]]
    sheet: str = ""

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


def open_upload(content: bytes, sheet: str = "") -> Table:
    """Find the table in a file as it comes in. Raises UnreadableFile as `open_table`, and for one that is too large."""
    if len(content) > settings.IMPORT_MAX_MEGABYTES * 1_000_000:
        raise UnreadableFile(
            _("The file is larger than %(size)s MB. Divide it, or leave out columns that are not needed.")
            % {"size": settings.IMPORT_MAX_MEGABYTES}
        )
    return open_table(content, sheet)


def open_table(content: bytes, sheet: str = "") -> Table:
    """Find the table in a file, on the named sheet or the one that looks most like a list of people.

    Raises UnreadableFile with a sentence for the user.
    """
    if not content or content.isspace():
        raise UnreadableFile(_("The file is empty."))
    found, every_row = _reader(content, sheet)
    first = list(islice(every_row(), HEADING_ROWS))
    if not first:
        raise UnreadableFile(_("The file has no rows with content."))
    return _with_heading(first, every_row, found)


def open_kept(content: bytes, sheet: str) -> Table:
    """Open a file that waits; one written anew without somebody who was erased has no sheets any more.

    It may be larger than an upload: workbooks are packed, what is written anew is not.
    """
    return open_table(content, sheet if content.startswith(ARCHIVE) else "")


def is_misnamed(file_name: str, content: bytes) -> bool:
    """Whether a text file is called a workbook."""
    return file_name.lower().endswith(WORKBOOK_NAMES) and not content.startswith(ARCHIVE)


def sheet_names(content: bytes) -> list[str]:
    """Return the sheets that hold something, hidden ones last; none where there is nothing to choose between."""
    if not content.startswith(ARCHIVE):
        return []
    with workbooks.opened(content) as book:
        names = [sheet.name for sheet, _rows in _beginnings(book)]
    return names if len(names) > 1 else []


def every_row(content: bytes, sheet: str = "") -> Iterator[Row]:
    """Yield each row of the table that holds something, titles and heading too. Raises UnreadableFile."""
    return _reader(content, sheet if content.startswith(ARCHIVE) else "")[1]()


def every_sheets_rows(content: bytes) -> Iterator[Row]:
    """Yield each row of the file that holds something, whatever sheet it is on. Raises UnreadableFile."""
    if not content.startswith(ARCHIVE):
        yield from every_row(content)
        return
    workbooks.check(content)
    with workbooks.opened(content) as book:
        for sheet in workbooks.sheets(book):
            yield from _filled(workbooks.rows(book, sheet))


def _reader(content: bytes, name: str) -> tuple[str, Callable[[], Iterator[Row]]]:
    """Return the name of the sheet, empty for a text file, and what yields its rows."""
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
    if content.startswith(ARCHIVE):
        workbooks.check(content)
        sheet = _named_or_best(content, name)
        return sheet.name, lambda: _stream(content, sheet)
    reader = text_files.reader(content, known_headings)
    if name:
        _no_such_sheet(name, [])
    return "", lambda: _filled(reader())


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


def _stream(content: bytes, sheet: workbooks.Sheet) -> Iterator[Row]:
    """Yield a sheet's rows; the workbook is open for as long as it takes."""
    with workbooks.opened(content) as book:
        yield from _filled(workbooks.rows(book, sheet))


def _named_or_best(content: bytes, name: str) -> workbooks.Sheet:
    """Return the sheet of that name; without a name, the one that looks most like a list of people."""
    with workbooks.opened(content) as book:
        found = _beginnings(book)
        if not found:
            raise UnreadableFile(_("The file has no rows with content."))
        if not name:
            return _best(book, found)
        named = next((sheet for sheet, _rows in found if sheet.name == name), None)
    return named or _no_such_sheet(name, [sheet.name for sheet, _rows in found])


def _no_such_sheet(name: str, names: list[str]) -> NoReturn:
    raise UnreadableFile(
        _("The file has no sheet “%(name)s” with content. It has: %(names)s.")
        % {"name": name, "names": ", ".join(names) or "–"}
    )


def _beginnings(book: Any) -> list[tuple[workbooks.Sheet, list[Row]]]:
    """Return the sheets that hold something with their first rows, hidden ones last."""
    found = []
    for sheet in workbooks.sheets(book)[: workbooks.MAX_SHEETS]:
        if first := list(islice(_filled(workbooks.rows(book, sheet)), HEADING_ROWS)):
            found.append((sheet, first))
    return found


def _best(book: Any, found: list[tuple[workbooks.Sheet, list[Row]]]) -> workbooks.Sheet:
    """Take the sheet whose heading names most fields, and of several such the one with most rows.

    A sheet without addresses is a cover or the choices of a list, however many fields it names. A hidden sheet is
    taken only where no visible one has addresses.
    """
    worth = {
        sheet: (_has_addresses(first), not sheet.is_hidden, max(known_headings(cells) for _n, cells in first))
        for sheet, first in found
    }
    equals = [sheet for sheet in worth if worth[sheet] == max(worth.values())]
    if len(equals) == 1:
        return equals[0]
    return max(
        equals,
        key=lambda sheet: sum(1 for _row in islice(_filled(workbooks.rows(book, sheet)), COUNTED_ROWS)),
    )


def _has_addresses(first: list[Row]) -> bool:
    return any("@" in cell or field_of(cell) == "email" for _number, cells in first for cell in cells)


def _with_heading(first: list[Row], every_row: Callable[[], Iterator[Row]], sheet: str) -> Table:
    """Take the row that names most fields for the heading; without one, the first that looks like one.

    Titles above the table fill one cell. A file whose first full row holds an address has no heading: its columns
    are called by their letters.
    """
    number, cells = max(first, key=lambda row: (known_headings(row[1]), -row[0]))
    if not known_headings(cells):
        number, cells = max(first, key=lambda row: (sum(map(bool, row[1])), -row[0]))
    if any("@" in cell for cell in cells):
        return Table([_letter(place) for place in range(len(cells))], first[0][0], every_row, sheet)
    width = max(len(row) for _number, row in first)
    headings = [cell or _letter(place) for place, cell in enumerate((cells + [""] * width)[:width])]
    return Table(headings, number + 1, every_row, sheet)


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
