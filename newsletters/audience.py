"""Who a letter goes to: subscribers of its series and members of networks, narrowed by where they work and as what."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Count, Exists, Func, IntegerField, OuterRef, Q, QuerySet, Value

from directory.models import Person, Position
from networks.models import Membership
from newsletters.models import PersonInterest, Series, Subscription
from newsletters.wanted import has_left_all, has_left_series, is_held_back, is_suppressed


@dataclass(frozen=True)
class Audience:
    """The receivers of a letter, chosen by primary keys and codes; an empty filter lets everyone through.

    All filters on the workplace hold for one and the same current position: "unit leaders in Helse Nord" are not
    people who lead elsewhere and also work in the north. People who left the series or all letters, suppressed
    addresses, and people in a pause are never in it; those who want only important letters are in it when the letter
    `is_important`.
    """

    series: int
    subscribers: bool = True
    networks: tuple[int, ...] = ()
    regions: tuple[int, ...] = ()
    organisations: tuple[int, ...] = ()
    unit_kinds: tuple[str, ...] = ()
    professions: tuple[str, ...] = ()
    leader_levels: tuple[int, ...] = ()
    interests: tuple[int, ...] = ()
    is_important: bool = False

    @classmethod
    def of_series(cls, series: Series) -> "Audience":
        """Return who gets a series by default: its default audience, else its subscribers and its network's members.

        What is gone of a saved audience matches nobody, so that the default is never wider than it was.
        """
        if series.default_audience:
            kept = {**series.default_audience.audience, "series": series.pk, "is_important": False}
            return cls.from_dict(kept)
        return cls(series=series.pk, networks=(series.network_id,) if series.network_id else ())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Audience":
        """Read what `as_dict` wrote; unknown keys are ignored, so that old deliveries stay readable."""
        known = {field.name for field in fields(cls)}
        return cls(**{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in data.items()
            if key in known
        })  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """Return the audience in JSON's types."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    def people(self) -> QuerySet[Person]:
        """Return the receivers, each person once."""
        return self._chosen().exclude(self._is_held_back())

    def count(self) -> int:
        """Return how many people would get the letter now."""
        return self.people().count()

    def held_back(self) -> int:
        """Return how many belong to the audience but do not get the letter: in a pause, or only important ones."""
        return self._chosen().filter(self._is_held_back()).count()

    def _is_held_back(self) -> Exists:
        return is_held_back("pk", is_important=self.is_important)

    def _chosen(self) -> QuerySet[Person]:
        return self.wanted().exclude(is_suppressed())

    def wanted(self) -> QuerySet[Person]:
        """Return whom the letter is meant for, also those who get none now: suppressed addresses, pauses."""
        chosen = Person.objects.filter(self._source())
        chosen = chosen.exclude(has_left_series("pk", self.series)).exclude(has_left_all("pk"))
        if self.professions:
            chosen = chosen.filter(profession__in=self.professions)
        if self.interests:
            ticked = PersonInterest.objects.filter(person=OuterRef("pk"), interest__in=self.interests)
            chosen = chosen.filter(Exists(ticked))
        positions = self._positions()
        return chosen if positions is None else chosen.filter(Exists(positions))

    def sample(self, size: int = 5) -> list[Person]:
        """Return some of them, spread over the register and the same ones each time."""
        spread = self.people().annotate(spread=Func("email", function="md5")).order_by("spread")
        return list(spread.prefetch_related("positions__organisation__region", "positions__unit")[:size])

    def _source(self) -> Q:
        subscribed = Exists(Subscription.objects.active().filter(person=OuterRef("pk"), series=self.series))
        member = Exists(Membership.objects.current().filter(person=OuterRef("pk"), page__in=self.networks))
        nobody = Q(pk__in=[])
        return (Q(subscribed) if self.subscribers else nobody) | (Q(member) if self.networks else nobody)

    def _positions(self) -> QuerySet[Position] | None:
        filters: dict[str, Iterable] = {
            "organisation__region__in": self.regions,
            "organisation__in": self.organisations,
            "unit__kind__in": self.unit_kinds,
            "leader_level__in": self.leader_levels,
        }
        wanted = {name: values for name, values in filters.items() if values}
        if not wanted:
            return None
        return Position.objects.current().filter(person=OuterRef("pk"), **wanted)


def count_each(audiences: dict[int, Audience]) -> dict[int, int]:
    """Return how many people each audience reaches now, by the same keys, in one query for all of them."""
    counts = [
        audience.people()
        .order_by()
        .annotate(key=Value(key, output_field=IntegerField()))
        .values("key")
        .annotate(number=Count("pk"))
        .values_list("key", "number")
        for key, audience in audiences.items()
    ]
    found = dict(counts[0].union(*counts[1:], all=True)) if counts else {}
    return {key: found.get(key, 0) for key in audiences}


def series_by_default(person: Person) -> set[int]:
    """Return the keys of the series that are meant for a person without a subscription; two queries."""
    beyond = Q(network__isnull=False) | Q(default_audience__isnull=False)
    audiences = [
        Audience.of_series(one) for one in Series.objects.filter(beyond).select_related("default_audience")
    ]
    meant = [
        one.wanted()
        .filter(pk=person.pk)
        .order_by()
        .annotate(key=Value(one.series, output_field=IntegerField()))
        .values_list("key", flat=True)
        for one in audiences
    ]
    return set(meant[0].union(*meant[1:], all=True)) if meant else set()
