"""Clean one row of a file: addresses, names, place of work, as the register wants them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from directory.imports.mapping import plain
from directory.models import Person, Position

LONGEST_NAME = Person._meta.get_field("first_name").max_length
LONGEST_TITLE = Position._meta.get_field("title").max_length
LONGEST_ADDRESS = 254
SEPARATORS = re.compile(r"[\s;,|/<>()\[\]\"]+")

Level = Position.LeaderLevel
Profession = Person.Profession
# A word that stands in the cell → the level or profession; the first that fits counts.
LEVELS = (
    ("ikkeleder", Level.NONE), ("ingen", Level.NONE), ("nei", Level.NONE),
    ("administrerendedirektør", Level.TOP), ("toppleder", Level.TOP), ("klinikk", Level.CLINIC),
    ("direktør", Level.TOP), ("avdeling", Level.DEPARTMENT), ("seksjon", Level.SECTION), ("team", Level.SECTION),
    ("enhet", Level.UNIT), ("post", Level.UNIT),
)  # fmt: skip
PROFESSIONS = (
    ("sykepleie", Profession.NURSE), ("sjukeplei", Profession.NURSE), ("nurse", Profession.NURSE),
    ("psykolog", Profession.PSYCHOLOGIST), ("psychologist", Profession.PSYCHOLOGIST),
    ("sosionom", Profession.SOCIAL_WORKER), ("socialworker", Profession.SOCIAL_WORKER),
    ("barnevern", Profession.CHILD_WELFARE), ("erfaring", Profession.PEER_WORKER),
    ("brukerspesialist", Profession.PEER_WORKER), ("forsker", Profession.RESEARCHER),
    ("forskar", Profession.RESEARCHER), ("administra", Profession.ADMINISTRATION),
    ("sekretær", Profession.ADMINISTRATION), ("lege", Profession.DOCTOR), ("psykiater", Profession.DOCTOR),
    ("doctor", Profession.DOCTOR), ("annet", Profession.OTHER), ("andre", Profession.OTHER),
)  # fmt: skip


@dataclass
class Entry:
    """What a row says of a person. `refusal` is the reason when it cannot be used; `remarks` what was left out."""

    number: int
    values: dict[str, str]
    first_name: str = ""
    last_name: str = ""
    addresses: list[str] = field(default_factory=list)
    title: str = ""
    organisation: str = ""
    unit: str = ""
    region: str = ""
    leader_level: int | None = None
    profession: str = ""
    refusal: str = ""
    remarks: list[str] = field(default_factory=list)

    @property
    def email(self) -> str:
        """The main address in small letters, or an empty string."""
        return self.addresses[0].lower() if self.addresses else ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def read_entry(number: int, values: dict[str, str], heading: str = "") -> Entry:
    """Clean a row's values; `heading` is that of the column with whole names, which tells their order."""
    entry = Entry(number, values)
    entry.first_name, entry.last_name = names_of(values, heading)
    entry.title = values.get("title", "")[:LONGEST_TITLE]
    entry.organisation, entry.unit = values.get("organisation", ""), values.get("unit", "")
    entry.region = values.get("region", "")
    _read_addresses(entry, values.get("email", ""))
    _read_level(entry, values.get("leader_level", ""))
    _read_profession(entry, values.get("profession", ""))
    return entry


def names_of(values: dict[str, str], heading: str) -> tuple[str, str]:
    """Return first and last name as the register gets them; `heading` as for `read_entry`."""
    first, last = values.get("first_name", ""), values.get("last_name", "")
    if not (first or last) and (whole := values.get("name", "")):
        first, last = _divide(whole, last_first=plain(heading).startswith(("etternavn", "lastname")))
    return _tidy(first), _tidy(last)


def _divide(whole: str, *, last_first: bool) -> tuple[str, str]:
    """Divide "Nordmann, Kari", "Kari Nordmann", or "Nordmann Kari" under a heading that says so."""
    if "," in whole:
        last, _comma, first = whole.partition(",")
        return first.strip(), last.strip()
    if last_first:
        last, _space, first = whole.partition(" ")
        return first, last
    first, _space, last = whole.rpartition(" ")
    return (first, last) if first else (last, "")


def _tidy(name: str) -> str:
    """Names in capitals, as personnel systems write them, get small letters."""
    name = " ".join(name.split()).strip(",;")
    return (name.title() if len(name) > 2 and name.isupper() else name)[:LONGEST_NAME]


def _read_addresses(entry: Entry, text: str) -> None:
    if not text:
        entry.refusal = _("There is no address.")
        return
    unread = []
    for piece, address in _pieces(text):
        if not _is_address(address):
            unread.append(piece)
        elif address.lower() not in {known.lower() for known in entry.addresses}:
            entry.addresses.append(address)
    if not entry.addresses:
        entry.refusal = _("“%(text)s” is not an e-mail address.") % {"text": text[:100]}
    elif unread:
        entry.remarks.append(
            _("“%(text)s” is not an e-mail address and is left out.") % {"text": " ".join(unread)[:100]}
        )


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield each part of a cell that may be an address, as it stands and without the signs around it."""
    for piece in SEPARATORS.split(text.replace("mailto:", " ")):
        if "@" in piece and "@" in (address := piece.strip(".:'«»")):
            yield piece, address


def addresses_in(text: str) -> list[str]:
    """Return the addresses that stand in a cell."""
    return [address for _piece, address in _pieces(text) if _is_address(address)]


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_ADDRESS


def _read_level(entry: Entry, text: str) -> None:
    if not text:
        return
    if text.isdecimal() and int(text) in Level.values:
        entry.leader_level = int(text)
        return
    entry.leader_level = next((level for word, level in LEVELS if word in plain(text)), None)
    if entry.leader_level is None:
        entry.remarks.append(
            _("The leader level “%(text)s” is not known and is left out.") % {"text": text[:100]}
        )


def _read_profession(entry: Entry, text: str) -> None:
    if not text:
        return
    entry.profession = next((value for word, value in PROFESSIONS if word in plain(text)), "")
    if not entry.profession:
        entry.remarks.append(
            _("The profession “%(text)s” is not known and is left out.") % {"text": text[:100]}
        )
