"""How organisations' names are compared: files and register spell the same hospital in several ways."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LEGAL_FORMS = frozenset(["hf", "rhf", "as", "sa", "helseforetak"])
# Words that many names share: they tell no organisation from another, and standing beside a known name they name no
# other one.
SHARED = LEGAL_FORMS | frozenset(
    ["sykehus", "universitetssykehus", "hospital", "helse", "i", "og", "på", "ved", "for", "the", "of", "avd"]
)
# Words that make a name another body's, however much else is alike.
OTHER_BODIES = frozenset(["kommune", "fylkeskommune", "bydel", "universitet", "universitetet"]) | frozenset(
    ["høgskole", "høgskolen", "høyskole", "høyskolen"]
)


@lru_cache(maxsize=10_000)
def words(name: str) -> tuple[str, ...]:
    """Return a name's words in small letters, hospitals spelt one way."""
    text = unicodedata.normalize("NFKC", name).casefold().replace("sjukehus", "sykehus")
    text = re.sub(r"universitets?[\s-]*sykehus", "universitetssykehus", text).replace("sykehuset", "sykehus")
    return tuple(re.findall(r"[^\W_]+", text))


@lru_cache(maxsize=10_000)
def key(name: str) -> str:
    """Return what is equal for names that are told apart by spelling, spaces, hyphens and legal form alone."""
    found = words(name)
    return "".join(word for word in found if word not in LEGAL_FORMS) or "".join(found)


def distinctive(name: str) -> tuple[str, ...]:
    """Return the words that tell the organisation from others."""
    return tuple(word for word in words(name) if word not in SHARED)


def other_bodies(name: str) -> frozenset[str]:
    """Return the words that say which sort of body it is, other than a hospital."""
    return OTHER_BODIES.intersection(words(name))


def parts(name: str) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield whole words that follow one another, as a key, with their places; the longest first."""
    found = words(name)[:20]
    for length in range(len(found), 0, -1):
        for start in range(len(found) - length + 1):
            part = [word for word in found[start : start + length] if word not in LEGAL_FORMS]
            if part:
                yield "".join(part), frozenset(range(start, start + length))
