"""Coverage: which trusts and private partners have no leader who subscribes.

An organisation counts when it is active and marked "counts in coverage". A leader is a person with a leader level in a
position there today. A leader is reached who has an active subscription and whose address is not suppressed; whoever
has left, awaits confirmation, or only gets a network's letters, is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from directory.models import HealthRegion, Organisation, Position
from newsletters.models import Series, Subscription
from newsletters.wanted import is_suppressed


@dataclass(frozen=True)
class Reach:
    """One organisation: how many people lead there, and how many of them subscribe."""

    organisation: Organisation
    leaders: int
    subscribers: int

    @property
    def is_reached(self) -> bool:
        """Whether at least one leader subscribes."""
        return self.subscribers > 0

    @property
    def region(self) -> HealthRegion | None:
        """The health region; none for national organisations."""
        return self.organisation.region


@dataclass(frozen=True)
class RegionReach:
    """The organisations of one region; `region` is None for national ones."""

    region: HealthRegion | None
    rows: tuple[Reach, ...]

    @property
    def reached(self) -> int:
        """How many of them have a leader who subscribes."""
        return sum(row.is_reached for row in self.rows)


def organisations_to_reach() -> QuerySet[Organisation]:
    """Organisations that count, by region; national ones last."""
    return (
        Organisation.objects.filter(must_be_reached=True, is_active=True)
        .select_related("region")
        .order_by(F("region__sort_order").asc(nulls_last=True), "region__name", "name")
    )


def coverage(series: Series | None = None) -> list[Reach]:
    """Return the organisations that count with their figures, for one series or for any; two queries."""
    subscribed = Subscription.objects.active().filter(person=OuterRef("person"))
    if series:
        subscribed = subscribed.filter(series=series)
    suppressed = is_suppressed("person__email")
    counted = (
        Position.objects.current()
        .filter(
            leader_level__gt=Position.LeaderLevel.NONE,
            organisation__must_be_reached=True,
            organisation__is_active=True,
        )
        .values("organisation")
        .annotate(
            leaders=Count("person", distinct=True),
            subscribers=Count("person", distinct=True, filter=Q(Exists(subscribed)) & ~Q(suppressed)),
        )
        .order_by()
        .values_list("organisation", "leaders", "subscribers")
    )
    figures = {key: (leaders, subscribers) for key, leaders, subscribers in counted}
    return [Reach(one, *figures.get(one.pk, (0, 0))) for one in organisations_to_reach()]


def narrowed(
    rows: Iterable[Reach], *, region: int | None = None, kind: str = "", only_missing: bool = False
) -> list[Reach]:
    """Return the rows of one region, of one kind, without a leader who subscribes; each is left out when not asked."""
    return [
        row
        for row in rows
        if (region is None or row.organisation.region_id == region)
        and (not kind or row.organisation.kind == kind)
        and not (only_missing and row.is_reached)
    ]


def by_region(rows: Iterable[Reach]) -> list[RegionReach]:
    """Group rows that come in the order of `coverage`."""
    return [RegionReach(region, tuple(group)) for region, group in groupby(rows, key=lambda row: row.region)]
