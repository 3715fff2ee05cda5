"""Lists that readers narrow by plain GET values: kinds, topics, years, a text. Unknown values count as not chosen.

All counting is done on one row per page, so that a list costs the same few queries however long it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet

from core.cards import listed
from core.models import TopicPage

PER_PAGE = 12
LONGEST_TEXT = 80

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Facet:
    """One thing to narrow by. `values_of` names a page's values, `labels` names all values in their order."""

    name: str
    label: Any
    all_label: Any
    values_of: Callable[[Row], Iterable[str]]
    labels: Mapping[str, Any]


@dataclass(frozen=True)
class Option:
    """A value to choose, with the number of pages it would leave."""

    value: str
    label: Any
    count: int
    chosen: bool


@dataclass(frozen=True)
class Choice:
    """A facet as the form shows it."""

    name: str
    label: Any
    all_label: Any
    options: list[Option]


@dataclass(frozen=True)
class Listing:
    """One page of a narrowed list, with the form that narrows it."""

    pages: ListPage
    choices: list[Choice] = field(default_factory=list)
    text: str = ""
    is_narrowed: bool = False

    @property
    def total(self) -> int:
        """How many pages are left of all."""
        return self.pages.paginator.count


def wanted_text(params: Mapping[str, str]) -> str:
    """Return the text searched for, shortened and without signs the database refuses."""
    return params.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]


def holding_text(text: str, *fields: str) -> Q:
    """Return the condition that every word of the text stands in one of the fields."""
    condition = Q()
    for word in text.split():
        anywhere = Q()
        for name in fields:
            anywhere |= Q(**{f"{name}__icontains": word})
        condition &= anywhere
    return condition


def topics_of(pages: QuerySet) -> tuple[dict[int, list[str]], dict[str, str]]:
    """Return the topics' slugs by page, and the topics' titles by slug in order of the alphabet (1 query)."""
    of_page: dict[int, list[str]] = {}
    titles: dict[str, str] = {}
    found = (
        TopicPage.objects.live()
        .filter(tagged_pages__in=pages.order_by().values("pk"))
        .order_by("title")
        .values_list("tagged_pages__pk", "slug", "title")
    )
    for key, slug, title in found:
        of_page.setdefault(key, []).append(slug)
        titles[slug] = title
    return of_page, titles


def narrowed(
    pages: QuerySet,
    rows: Sequence[Row],
    facets: Sequence[Facet],
    params: Mapping[str, str],
    *,
    text: str = "",
    per_page: int = PER_PAGE,
) -> Listing:
    """Narrow the rows (in the list's order, each with `pk`) and read the pages of one turn (at most 2 queries)."""
    chosen = {
        facet.name: value
        for facet in facets
        if (value := params.get(facet.name, "")) and value in facet.labels
    }
    left = [row for row in rows if _fits(row, facets, chosen)]
    choices = [_choice(facet, facets, rows, chosen) for facet in facets]
    turn = Paginator([row["pk"] for row in left], per_page).get_page(params.get("side"))
    keys = list(turn.object_list)
    found = listed(pages.model, keys)
    turn.object_list = [found[key] for key in keys if key in found]
    return Listing(turn, choices, text, bool(chosen or text))


def _fits(row: Row, facets: Sequence[Facet], chosen: Mapping[str, str]) -> bool:
    return all(facet.name not in chosen or chosen[facet.name] in facet.values_of(row) for facet in facets)


def _choice(facet: Facet, facets: Sequence[Facet], rows: Sequence[Row], chosen: Mapping[str, str]) -> Choice:
    """Count what each value would leave beside the other facets' choices; values that leave nothing are left out."""
    others = {name: value for name, value in chosen.items() if name != facet.name}
    counts = dict.fromkeys(facet.labels, 0)
    for row in rows:
        if _fits(row, facets, others):
            for value in facet.values_of(row):
                if value in counts:
                    counts[value] += 1
    options = [
        Option(value, label, counts[value], chosen.get(facet.name) == value)
        for value, label in facet.labels.items()
        if counts[value] or chosen.get(facet.name) == value
    ]
    return Choice(facet.name, facet.label, facet.all_label, options)
