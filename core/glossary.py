"""The glossary in Norwegian order."""

from dataclasses import dataclass

from core.models import GlossaryTerm

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅ"


@dataclass(frozen=True)
class LetterGroup:
    """The terms that begin with one letter; none makes the letter no link."""

    letter: str
    terms: list[GlossaryTerm]


def _place(term: GlossaryTerm) -> list[int]:
    letters = ALPHABET.lower()
    return [letters.find(char) if char in letters else -1 for char in term.term.lower()]


def by_letter() -> list[LetterGroup]:
    """Return the whole alphabet with its terms, Å last (1 query). Other first signs stand under "#"."""
    groups: dict[str, list[GlossaryTerm]] = {letter: [] for letter in ALPHABET}
    for term in sorted(GlossaryTerm.objects.all(), key=_place):
        first = term.term[:1].upper()
        groups.setdefault(first if first in ALPHABET else "#", []).append(term)
    return [LetterGroup(letter, terms) for letter, terms in groups.items()]
