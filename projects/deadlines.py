"""Reading sort dates from deadlines as project plans write them.

The text itself is kept as written; what is read here only sorts. Nothing is refused: where no date can be read,
there is none. Known forms stand in `tests/projects/test_deadlines.py`.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date

# Bounds and spans of time are pairs of days, both included; None is open.
Span = tuple[date | None, date | None]
NOTHING: Span = (None, None)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar jan",
            "februar febr feb",
            "mars mar",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sept sep",
            "oktober okt",
            "november nov",
            "desember des",
        ),
        start=1,
    )
    for name in names.split()
}
# First and last month of a season. Winter is the one that begins the year.
SEASONS = {
    "vinteren": (1, 3),
    "vinter": (1, 3),
    "våren": (1, 6),
    "vår": (1, 6),
    "sommeren": (6, 8),
    "sommaren": (6, 8),
    "sommer": (6, 8),
    "sommar": (6, 8),
    "høsten": (8, 12),
    "hausten": (8, 12),
    "høst": (8, 12),
    "haust": (8, 12),
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_SEASON = "|".join(sorted(SEASONS, key=len, reverse=True))
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})"

# "until" a moment: only the end is known. Nynorsk beside bokmål.
UNTIL = re.compile(
    r"\b(innen|innan|senest|seinast|før|frem til|fram til|til og med|t\.o\.m|inntil|fristen? er)\b"
)
BEFORE = re.compile(r"\b(før|innen|innan)\s+(nytt år|nyttår|sommeren|sommaren)\b")
# Work without an end, or each year: a month in brackets says when in the year, not which year.
REPEATED = re.compile(r"\b(årlig|årleg|årvisst|hvert år|kvart år|månedlig|månadleg)")


def parse_deadline(text: str) -> Span:
    """Return (start, end) read from a deadline's text; None on the side, or both, where nothing can be read.

    Never raises, and start is never after end. Spans that name two years or months reach from the first to the last.
    """
    plain = " ".join(str(text or "").lower().replace("\u00a0", " ").split())
    if not plain or REPEATED.search(plain):
        return NOTHING
    if (before := BEFORE.search(plain)) and (year := re.search(_YEAR, plain)):
        return None, _end_before(before[2], int(year["year"]))
    spans = list(_spans(plain))
    if not spans:
        return NOTHING
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    return (None, end) if UNTIL.search(plain) else (start, end)


def _end_before(what: str, year: int) -> date:
    """Return the last day before New Year or summer: "før nytt år 2018" is the night into 2018."""
    return date(year - 1, 12, 31) if what.startswith("nyt") else date(year, 5, 31)


def _spans(text: str) -> Iterator[tuple[date, date]]:
    """Yield every span of days in the text; each part of the text is read once, by the first form that fits."""
    for pattern, read in FORMS:
        rest = ""
        position = 0
        for found in pattern.finditer(text):
            span = read(found)
            if span:
                yield span
                # What is read is blanked out, so that the year of a full date is not read again as a year.
                rest += text[position : found.start()] + " ; "
                position = found.end()
        text = rest + text[position:]


def _year_of(text: str) -> int:
    """Return a year written with two or four digits."""
    return int(text) if len(text) == 4 else 2000 + int(text)


def _one_day(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found, found


def _months(year: int, first: int, last: int) -> tuple[date, date] | None:
    if not (1900 <= year <= 2199 and 1 <= first <= last <= 12):
        return None
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _days(found: re.Match) -> tuple[date, date] | None:
    """Read "29.–30.5.2017"."""
    year, month = _year_of(found["year"]), int(found["month"])
    first, last = _one_day(year, month, int(found["day"])), _one_day(year, month, int(found["last"]))
    if not first or not last or first[0] > last[0]:
        return None
    return first[0], last[0]


def _full_date(found: re.Match) -> tuple[date, date] | None:
    return _one_day(_year_of(found["year"]), int(found["month"]), int(found["day"]))


def _iso_date(found: re.Match) -> tuple[date, date] | None:
    return _one_day(int(found["year"]), int(found["month"]), int(found["day"]))


def _named_date(found: re.Match) -> tuple[date, date] | None:
    return _one_day(int(found["year"]), MONTHS[found["month"]], int(found["day"]))


def _named_month(found: re.Match) -> tuple[date, date] | None:
    month = MONTHS[found["month"]]
    last = MONTHS[found["last"]] if found["last"] else month
    return _months(int(found["year"]), month, last)


def _numbered_month(found: re.Match) -> tuple[date, date] | None:
    return _months(int(found["year"]), int(found["month"]), int(found["month"]))


def _season(found: re.Match) -> tuple[date, date] | None:
    return _months(int(found["year"]), *SEASONS[found["season"]])


def _half_year(found: re.Match) -> tuple[date, date] | None:
    first = 1 if found["half"] in ("1", "første", "fyrste") else 7
    return _months(int(found["year"]), first, first + 5)


def _quarter(found: re.Match) -> tuple[date, date] | None:
    first = 3 * int(found["quarter"]) - 2
    return _months(int(found["year"]), first, first + 2)


def _two_years(found: re.Match) -> tuple[date, date] | None:
    first, last = int(found["year"]), _year_of(found["last"])
    if not 0 <= last - first <= 30:
        return None
    return date(first, 1, 1), date(last, 12, 31)


def _one_year(found: re.Match) -> tuple[date, date] | None:
    return _months(int(found["year"]), 1, 12)


_SHORT_OR_LONG_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
FORMS: list[tuple[re.Pattern, Callable[[re.Match], tuple[date, date] | None]]] = [
    (re.compile(rf"\b{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b"), _iso_date),
    (
        re.compile(
            rf"\b{_DAY}\.? ?[–-] ?(?P<last>\d{{1,2}})\. ?(?P<month>\d{{1,2}})\.? ?{_SHORT_OR_LONG_YEAR}\b"
        ),
        _days,
    ),
    (re.compile(rf"\b{_DAY}\. ?(?P<month>\d{{1,2}})(?:\. ?| ){_SHORT_OR_LONG_YEAR}\b"), _full_date),
    (re.compile(rf"\b{_DAY}/(?P<month>\d{{1,2}})[/ -]{_SHORT_OR_LONG_YEAR}\b"), _full_date),
    (re.compile(rf"\b{_DAY}\.? ?(?P<month>{_MONTH})\.? {_YEAR}\b"), _named_date),
    (
        re.compile(rf"\b(?P<month>{_MONTH})\.?(?: ?(?:[–-]|til|og) ?(?P<last>{_MONTH})\.?)?,? {_YEAR}\b"),
        _named_month,
    ),
    (re.compile(rf"\b(?P<month>\d{{1,2}})[/.]{_YEAR}\b"), _numbered_month),
    (re.compile(rf"\b(?P<season>{_SEASON}),? {_YEAR}\b"), _season),
    (re.compile(rf"\b(?P<half>1|2|første|fyrste|andre)\.? (?:halvår|halvdel av),? {_YEAR}\b"), _half_year),
    (re.compile(rf"\b(?P<quarter>[1-4])\.? kvartal,? {_YEAR}\b"), _quarter),
    (re.compile(rf"\b{_YEAR} ?[/–-] ?(?P<last>(?:19|20)\d\d|\d\d)\b"), _two_years),
    (re.compile(rf"\b{_YEAR}\b"), _one_year),
]
