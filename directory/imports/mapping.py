"""Which column of a file holds what: guessed from headings in Norwegian and English, corrected by the user."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

# What a column may hold. Several columns may hold addresses; every other field has one column at most.
FIELDS = {
    "email": _("E-mail"),
    "name": _("Whole name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "title": _("Title"),
    "organisation": _("Organisation"),
    "unit": _("Unit"),
    "region": _("Health region"),
    "leader_level": _("Leader level"),
    "profession": _("Profession"),
}
REPEATABLE = ("email",)

# As `plain` writes them: small letters and digits only.
HEADINGS = {
    "email": "epost eposten epostadr epostadresse epostadresser mail mailadresse email emailaddress emailadresse"
    " jobbepost epostjobb epostarbeid privatepost epostprivat epost1 epost2 alternativepost annenepost workemail",
    "name": "navn fulltnavn heltnavn name fullname ansatt medarbeider deltaker deltager kontaktperson leder"
    " etternavnfornavn etternavnogfornavn fornavnetternavn fornavnogetternavn navnansatt lastnamefirstname",
    "first_name": "fornavn fornamn fornavnogmellomnavn forogmellomnavn fornavnmellomnavn firstname givenname",
    "last_name": "etternavn etternamn slektsnavn familienavn lastname surname familyname",
    "title": "stilling stillingstittel stillingsbetegnelse stillingsnavn tittel jobbtittel rolle funksjon title"
    " jobtitle position",
    "organisation": "foretak helseforetak foretaksnavn virksomhet virksomhetsnavn arbeidssted arbeidsgiver arbeidsplass"
    " sykehus sjukehus organisasjon institusjon hf organisation organization employer hospital workplace company",
    "unit": "enhet enhetsnavn avdeling avdelingsnavn seksjon klinikk post poliklinikk eining orgenhet"
    " organisasjonsenhet unit department section ward clinic",
    "region": "region helseregion rhf regionalthelseforetak healthregion",
    "leader_level": "ledernivå ledarnivå lederniva leaderlevel nivå level managementlevel",
    "profession": "profesjon yrke yrkesgruppe utdanning utdannelse faggruppe fagbakgrunn profession occupation"
    " education",
}
_FIELD_OF = {word: field for field, words in HEADINGS.items() for word in words.split()}


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """Return a heading or name as it is compared: small letters and digits, no spaces, hyphens or signs."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def field_of(heading: str) -> str:
    """Return the field a heading stands for, or an empty string. "E-post (jobb)" and "Foretak/HF" are understood."""
    without = re.sub(r"\(.*?\)|\[.*?\]", " ", heading)
    for text in (heading, without, *re.split(r"[/|:\n]", without)):
        if field := _FIELD_OF.get(plain(text)):
            return field
    return ""


def known_headings(cells: Sequence[str]) -> int:
    """Return how many different fields a row's cells name."""
    return len({field_of(cell) for cell in cells} - {""})


def guess(headings: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """Return column number (as text, the way JSON keeps it) → field, each field once but for the repeatable.

    Where no heading names an address, the column where most of the samples hold an @ is taken.
    """
    mapping: dict[str, str] = {}
    for number, heading in enumerate(headings):
        field = field_of(heading)
        if field and (field in REPEATABLE or field not in mapping.values()):
            mapping[str(number)] = field
    if "email" not in mapping.values():
        hits = {
            number: sum("@" in row[number] for row in samples if number < len(row))
            for number in range(len(headings))
        }
        best = max(hits, key=lambda number: hits[number], default=0)
        if hits.get(best):
            mapping[str(best)] = "email"
    if {"first_name", "last_name"} <= set(mapping.values()):
        # "Leder" or "Ansatt" beside both names is something else.
        mapping = {number: field for number, field in mapping.items() if field != "name"}
    return mapping


def values_of(cells: Sequence[str], mapping: dict[str, str]) -> dict[str, str]:
    """Return field → text of one row; columns that hold the same field are joined by a semicolon."""
    values: dict[str, str] = {}
    for number, field in mapping.items():
        text = cells[int(number)] if int(number) < len(cells) else ""
        if text:
            values[field] = f"{values[field]}; {text}" if field in values else text
    return values
