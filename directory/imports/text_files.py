"""Tables in text files: which letters, which sign between the cells, found by evidence and not by the file's name."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from directory.imports.errors import UnreadableFile

DELIMITERS = ";\t,|"
SAMPLE_ROWS = 30
# A cell longer than this is a quotation mark that was never closed.
LONGEST_CELL = 20_000


def reader(content: bytes, known_headings: Callable[[list[str]], int]) -> Callable[[], Iterator[list[str]]]:
    """Return what yields the file's rows, blank ones too. Raises UnreadableFile where it is no text."""
    encoding = _encoding(content)
    start = content[:2000].decode(encoding, "replace").lstrip("\ufeff \r\n\t").lower()
    if sum(letter < " " and letter not in "\t\r\n\f" for letter in start) > len(start) // 50:
        raise UnreadableFile(_("This is neither an Excel workbook nor a text file with a table."))
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<meta", "<head")):
        raise UnreadableFile(
            _("The file is a web page saved under another name. Open it in Excel and save it as .xlsx.")
        )
    skipped = 1 if start.startswith("sep=") else 0  # Excel's own line that names the sign between cells
    delimiter = max(DELIMITERS, key=lambda sign: _evidence(content, encoding, sign, skipped, known_headings))
    return lambda: _rows(content, encoding, delimiter, skipped)


def _encoding(content: bytes) -> str:
    """Return the encoding: a byte order mark, else UTF-8 if it fits to the end, else Windows-1252."""
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = content[:2000]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), 65536):
            decoder.decode(content[start : start + 65536])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _rows(content: bytes, encoding: str, delimiter: str, skipped: int) -> Iterator[list[str]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
    rows = csv.reader(text, delimiter=delimiter)
    number = 0
    try:
        for number, row in enumerate(rows, start=1):
            if number <= skipped:
                yield []
                continue
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise UnreadableFile(_unclosed(number))
            yield row
    except csv.Error as error:
        raise UnreadableFile(_unclosed(number + 1)) from error


def _unclosed(number: int) -> str:
    return _("Row %(number)s cannot be read: a quotation mark is probably opened there and never closed.") % {
        "number": number
    }


def _evidence(
    content: bytes, encoding: str, delimiter: str, skipped: int, known_headings: Callable[[list[str]], int]
) -> tuple[int, int, int]:
    """Return how well a sign divides the first rows: headings understood, rows of the same width, that width."""
    try:
        rows = [row for row in islice(_rows(content, encoding, delimiter, skipped), SAMPLE_ROWS) if any(row)]
    except UnreadableFile:
        return (-1, 0, 0)
    widths = [len(row) for row in rows if len(row) > 1]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return max(map(known_headings, rows), default=0), widths.count(usual), usual
