"""From what a reader types to a PostgreSQL text query: stems, beginnings of words, synonyms."""

import re

from wagtail.models import Site

from core.models import GlossaryTerm, ServiceSettings
from core.parts import kept

LONGEST_QUERY = 200
MOST_WORDS = 12
_WORD = re.compile(r"\w+(?:-\w+)*", re.UNICODE)


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, at most MOST_WORDS."""
    return _WORD.findall(text[:LONGEST_QUERY].lower())[:MOST_WORDS]


def synonym_groups(site: Site) -> list[list[list[str]]]:
    """Groups of forms that mean the same, each form as its words; from the settings and the glossary."""
    return kept(f"synonyms of site {site.pk}", lambda: _read_synonyms(site))


def _read_synonyms(site: Site) -> list[list[list[str]]]:
    lines = [line.split(",") for line in ServiceSettings.for_site(site).search_synonyms.splitlines()]
    lines += [term.all_forms for term in GlossaryTerm.objects.all()]
    groups = [[words for form in line if (words := words_of(form))] for line in lines]
    return [group for group in groups if len(group) > 1]


def _phrase(words: list[str], *, as_beginning: bool) -> str:
    quoted = [f"'{word}'" for word in words]
    if as_beginning:
        quoted[-1] += ":*"
    return "(" + " <-> ".join(quoted) + ")"


def _find(words: list[str], form: list[str]) -> int:
    size = len(form)
    return next((i for i in range(len(words) - size + 1) if words[i : i + size] == form), -1)


def query_parts(text: str, groups: list[list[list[str]]]) -> list[str]:
    """Return queries for `to_tsquery`: each must be found, as a word's beginning or as a synonym.

    Words consist of letters, digits and hyphens only, so nothing typed can change the query's structure.
    """
    words = words_of(text)
    parts = []
    for group in groups:
        for form in sorted(group, key=len, reverse=True):
            position = _find(words, form)
            if position < 0:
                continue
            del words[position : position + len(form)]
            parts.append("(" + " | ".join(_phrase(other, as_beginning=True) for other in group) + ")")
            break
    return parts + [_phrase([word], as_beginning=True) for word in words]
