"""What an adviser sees of a letter, read from the counters alone: as fast at ten million clicks as at a hundred.

Clicks are counted for everyone and lead. Unique figures come from those who said yes to measuring, with their number
and a 95 % interval. What they may not tell about few people is decided in small_groups.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet, Sum
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from directory.models import HealthRegion, Organisation, Person
from newsletters.models import ClickCount, Delivery, DeliveryLink, DeliveryStatistics, OpenCount, Series
from newsletters.small_groups import CELL_FIGURES, FEWEST, Cell, Rate, hide_telling


@dataclass(frozen=True)
class LinkRow:
    """A link of the letter with its clicks; a card's picture and title, which lead to one place, are one row."""

    number: int
    label: str
    url: str
    clicks: int
    machine_clicks: int
    # The numbers of all its places in the letter, in the letter's order.
    places: tuple[int, ...] = ()

    def with_next(self, other: "LinkRow") -> "LinkRow":
        """Return this row with the clicks of the place just after it."""
        label = other.label if self.label == self.url else self.label
        clicks, machine_clicks = self.clicks + other.clicks, self.machine_clicks + other.machine_clicks
        places = self.places + other.places
        return LinkRow(self.number, label, self.url, clicks, machine_clicks, places)

    def is_one_with(self, other: "LinkRow") -> bool:
        """Whether the place just after this one is the same link to a reader: same address, no words of its own."""
        return self.url == other.url and (self.label == other.label or self.url in (self.label, other.label))


@dataclass(frozen=True)
class HourRow:
    """An hour with its clicks and opens, people's only. Opens are the measured people's; None hides one to four."""

    hour: datetime
    clicks: int
    opens: int | None


@dataclass
class Breakdown:
    """The people of a letter by one thing about them."""

    name: str
    title: str
    cells: list[Cell] = field(default_factory=list)


class LetterFigures:
    """The figures of one delivery. Each part is read when it is asked for."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery

    @property
    def letter_name(self) -> str:
        """The letter's title with number and year before it, unless the title tells them itself."""
        letter = self.delivery.letter
        number = f"{letter.number}/{letter.year}"
        return letter.title if number in letter.title else f"{number} {letter.title}"

    @cached_property
    def totals(self) -> DeliveryStatistics:
        """The rolled-up totals; zeros before the first roll-up."""
        found = DeliveryStatistics.objects.filter(delivery=self.delivery).first()
        return found or DeliveryStatistics(delivery=self.delivery)

    @property
    def is_measured(self) -> bool:
        """Whether clicks were counted at all."""
        return self.delivery.measuring_mode != "off"

    @property
    def knows_people(self) -> bool:
        """Whether those who said yes can be told apart by region, kind of organisation and profession."""
        return self.delivery.measuring_mode == "consent"

    @property
    def clicks_per_delivered(self) -> float | None:
        """People's clicks per hundred delivered letters; may pass a hundred. None when nothing was measured."""
        if not (self.is_measured and self.totals.delivered):
            return None
        return 100 * self.totals.clicks / self.totals.delivered

    @property
    def click_rate(self) -> Rate:
        """How many of the measured clicked at least once."""
        return Rate(self.totals.consenting_clickers, self.totals.consenting)

    @property
    def open_rate(self) -> Rate:
        """How many of the measured opened, an estimate: pictures may be off, and programs fetch them unasked."""
        return Rate(self.totals.consenting_openers, self.totals.consenting)

    @cached_property
    def links(self) -> list[LinkRow]:
        """Every link a reader can see, in the letter's order."""
        by_people, by_machines = Q(counts__is_machine=False), Q(counts__is_machine=True)
        rows = (
            DeliveryLink.objects.filter(delivery=self.delivery, is_trap=False)
            .annotate(
                people=Sum("counts__clicks", filter=by_people, default=0),
                machines=Sum("counts__clicks", filter=by_machines, default=0),
            )
            .order_by("number")
        )
        found: list[LinkRow] = []
        for row in rows:
            label = row.label or row.url
            link = LinkRow(row.number, label, row.url, row.people, row.machines, (row.number,))
            if found and found[-1].is_one_with(link):
                found[-1] = found[-1].with_next(link)
            else:
                found.append(link)
        return found

    @cached_property
    def timeline(self) -> list[HourRow]:
        """The hours in which somebody clicked or opened."""
        clicks = _by_hour(ClickCount.objects.filter(delivery=self.delivery), "clicks")
        opens = _by_hour(OpenCount.objects.filter(delivery=self.delivery), "opens")
        return [
            HourRow(hour, clicks.get(hour, 0), _unless_few(opens.get(hour, 0)))
            for hour in sorted(set(clicks) | set(opens))
        ]

    @cached_property
    def breakdowns(self) -> list[Breakdown]:
        """By region, organisation kind and profession, small cells hidden."""
        names = {
            "region": {str(region.pk): region.name for region in HealthRegion.objects.all()},
            "kind": {value: str(label) for value, label in Organisation.Kind.choices},
            "profession": {value: str(label) for value, label in Person.Profession.choices},
        }
        titles = {
            "region": _("Health region"),
            "kind": _("Kind of organisation"),
            "profession": _("Profession"),
        }
        missing = {"region": _("National or unknown")}
        return [
            Breakdown(
                name,
                titles[name],
                _cells(self.totals.breakdown.get(name, {}), names[name], missing.get(name, _("Unknown"))),
            )
            for name in names
        ]

    @property
    def earlier(self) -> list["LetterFigures"]:
        """The series' letters up to this one, oldest first, at most twelve."""
        started = self.delivery.started_at or self.delivery.created_at
        earlier = sent_deliveries().filter(series=self.delivery.series_id, started_at__lte=started)
        return figures_of(earlier[:12])[::-1]


def sent_deliveries() -> QuerySet[Delivery]:
    """Deliveries that have begun, newest first, with what lists of them show."""
    return (
        Delivery.objects.filter(started_at__isnull=False)
        .select_related("letter", "series", "statistics")
        .order_by("-started_at", "-pk")
    )


def figures_of(deliveries: QuerySet[Delivery]) -> list[LetterFigures]:
    """The figures of several deliveries, read with one query."""
    found = []
    for delivery in deliveries.select_related("letter", "series", "statistics"):
        figures = LetterFigures(delivery)
        if hasattr(delivery, "statistics"):
            figures.totals = delivery.statistics
        found.append(figures)
    return found


def series_trend(series: Series, letters: int = 24) -> list[LetterFigures]:
    """The series' latest letters, oldest first."""
    return figures_of(sent_deliveries().filter(series=series)[:letters])[::-1]


def _by_hour(counts: QuerySet, figure: str) -> dict[datetime, int]:
    rows = counts.filter(is_machine=False).values("hour").annotate(total=Sum(figure))
    return {row["hour"]: row["total"] for row in rows}


def _unless_few(opens: int) -> int | None:
    return None if 0 < opens < FEWEST else opens


def _cells(stored: dict[str, dict[str, int]], names: dict[str, str], unknown: str) -> list[Cell]:
    cells = [
        Cell(names.get(key, unknown), **{name: int(value.get(name, 0)) for name in CELL_FIGURES})
        for key, value in sorted(
            stored.items(),
            key=lambda item: (item[0] not in names, list(names).index(item[0]) if item[0] in names else 0),
        )
        if any(value.get(name) for name in CELL_FIGURES)
    ]
    hide_telling(cells)
    return cells
