"""From small events to counters: incremental, safe to run twice and in two places at once.

One roll-up runs at a time (an advisory lock for the transaction). An event is counted once: those that tell nothing
about a person are deleted as they are counted, the others are marked and live until the statistics close.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletters.models import Delivery, DeliveryStatistics, MeasuringConsent, Recipient, TrackingEvent

# A hit may be labelled as a machine's up to a minute after it came; it is counted when that is over (seconds).
SETTLE_SECONDS = 75
# So long after its last answer a letter's receivers are counted each minute, and then this often.
MOVING = timedelta(hours=1)
RECOUNT = timedelta(minutes=15)
BATCH = 5000
ASKED_AT_ONCE = 500
LOCK = 7_402_001  # any number, the same in every process
DIMENSIONS = {"region": "region_id", "kind": "organisation_kind", "profession": "profession"}
PEOPLE = ("openers", "clickers")
FIGURE_OF = {
    Recipient.Status.SENT: "delivered",
    Recipient.Status.FAILED: "failed",
    Recipient.Status.BOUNCED: "bounced",
}

_ADD_CLICKS = """
INSERT INTO newsletters_clickcount AS c (delivery_id, link_id, hour, is_machine, clicks)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (delivery_id, link_id, hour, is_machine) DO UPDATE SET clicks = c.clicks + EXCLUDED.clicks
"""
_ADD_OPENS = """
INSERT INTO newsletters_opencount AS c (delivery_id, hour, is_machine, opens)
VALUES (%s, %s, %s, %s)
ON CONFLICT (delivery_id, hour, is_machine) DO UPDATE SET opens = c.opens + EXCLUDED.opens
"""


class Event(NamedTuple):
    """An event's columns as the roll-up reads them."""

    id: int
    delivery_id: int
    link_id: int | None
    recipient_id: int | None
    token: str
    kind: str
    is_machine: bool
    at: datetime

    @property
    def hour(self) -> datetime:
        """The hour the hit came in."""
        return self.at.replace(minute=0, second=0, microsecond=0)

    @property
    def holder(self) -> int | str:
        """The receiver's number, the anonymous number, or nothing."""
        return self.recipient_id or self.token


def roll_up() -> int:
    """Count every event that has settled and the receivers of deliveries that are due; return how many events."""
    TrackingEvent.objects.filter(delivery__statistics_closed_at__isnull=False).delete()
    settled = TrackingEvent.objects.filter(at__lt=timezone.now() - timedelta(seconds=SETTLE_SECONDS))
    counted = 0
    while batch := count_events(settled):
        counted += batch
    for delivery in to_refresh():
        refresh_totals(delivery)
    return counted


def to_refresh() -> QuerySet[Delivery]:
    """Open deliveries whose receivers are counted now: each minute while it is sent and while most answers come back.

    An older one is counted every quarter of an hour: a count reads every receiver, and few still change.
    """
    now = timezone.now()
    is_moving = Q(status=Delivery.Status.SENDING) | Q(last_progress_at__gte=now - MOVING)
    is_new = Q(statistics=None) | Q(statistics__receivers_counted_at=None)
    is_old = Q(statistics__receivers_counted_at__lte=now - RECOUNT)
    return Delivery.objects.filter(
        is_moving | is_new | is_old, frozen_at__isnull=False, statistics_closed_at=None
    )


@transaction.atomic
def count_events(events: QuerySet[TrackingEvent], limit: int = BATCH) -> int:
    """Count up to `limit` of these events that are not counted yet; return how many it were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    waiting = events.filter(is_counted=False).order_by("id")
    batch = [Event(*row) for row in waiting.values_list(*Event._fields)[:limit]]
    if not batch:
        return 0
    _add_hours(batch)
    for delivery_id in sorted({event.delivery_id for event in batch}):
        _add_to_totals(delivery_id, [event for event in batch if event.delivery_id == delivery_id])
    kept = [event.id for event in batch if event.holder]
    TrackingEvent.objects.filter(pk__in=kept).update(is_counted=True)
    TrackingEvent.objects.filter(pk__in=[event.id for event in batch if not event.holder]).delete()
    return len(batch)


@transaction.atomic
def refresh_totals(delivery: Delivery) -> DeliveryStatistics:
    """Count the receivers anew: outcomes, who left, and who was measured. Clicks and opens stay as they are."""
    _note_measured(delivery)
    statistics = _locked(delivery.pk)
    rows = list(
        delivery.recipients.values("status", "is_measured", *DIMENSIONS.values()).annotate(
            people=Count("pk"), left=Count("unsubscribed_at")
        )
    )
    status = Recipient.Status
    outcome = Counter()
    for row in rows:
        outcome[row["status"]] += row["people"]
    sent = [row for row in rows if row["status"] == status.SENT]
    is_anonymous = delivery.measuring_mode == "anonymous"
    statistics.recipients = sum(outcome.values())
    statistics.delivered = outcome[status.SENT]
    statistics.failed = outcome[status.FAILED]
    statistics.bounced = outcome[status.BOUNCED]
    statistics.skipped = outcome[status.SKIPPED]
    statistics.unsubscribed = sum(row["left"] for row in rows)
    # In mode "anonymous" everybody is counted without being known; with consent, those who said yes.
    statistics.consenting = sum(row["people"] for row in sent if is_anonymous or row["is_measured"])
    for dimension, column in DIMENSIONS.items():
        _refresh_cells(statistics.breakdown.setdefault(dimension, {}), sent, column)
    statistics.receivers_counted_at = timezone.now()
    statistics.save()
    return statistics


@transaction.atomic
def move_outcome(recipient: Recipient, before: str, after: str) -> None:
    """Move one receiver from one outcome to another in a letter's figures, after a late bounce.

    Open figures are counted anew by the next roll-up. In closed ones only the counted outcomes change: what the rows
    told about measuring is erased by then.
    """
    if recipient.delivery.statistics_closed_at is None:
        DeliveryStatistics.objects.filter(delivery=recipient.delivery_id).update(receivers_counted_at=None)
        return
    statistics = _locked(recipient.delivery_id)
    for status, step in ((before, -1), (after, 1)):
        name = FIGURE_OF.get(status)
        if name:
            setattr(statistics, name, max(0, getattr(statistics, name) + step))
    if before == Recipient.Status.SENT:
        for dimension, column in DIMENSIONS.items():
            cell = statistics.breakdown.get(dimension, {}).get(str(getattr(recipient, column) or ""))
            if cell and cell.get("delivered"):
                cell["delivered"] -= 1
    statistics.save()


def _refresh_cells(cells: dict[str, dict[str, int]], sent: Iterable[dict], column: str) -> None:
    for cell in cells.values():
        cell["delivered"] = cell["consenting"] = 0
    for row in sent:
        cell = cells.setdefault(str(row[column] or ""), {})
        cell["delivered"] = cell.get("delivered", 0) + row["people"]
        cell["consenting"] = cell.get("consenting", 0) + (row["people"] if row["is_measured"] else 0)


def _note_measured(delivery: Delivery) -> None:
    """Mark the receivers whose yes stood when the sending began. Noted once; it is not taken back by a later no."""
    if delivery.measuring_mode != "consent":
        return
    consent = MeasuringConsent.objects.filter(
        person=OuterRef("person"),
        withdrawn_at=None,
        # As the hits are tied to their receivers: nobody counts as reading who does not count as measured.
        given_at__lte=Coalesce(OuterRef("delivery__started_at"), OuterRef("sent_at")),
    )
    delivery.recipients.filter(Exists(consent), status=Recipient.Status.SENT, is_measured=False).update(
        is_measured=True
    )


def _add_hours(batch: list[Event]) -> None:
    clicks = Counter(
        (event.delivery_id, event.link_id, event.hour, event.is_machine)
        for event in batch
        if event.kind == TrackingEvent.Kind.CLICK
    )
    opens = Counter(
        (event.delivery_id, event.hour, event.is_machine)
        for event in batch
        if event.kind == TrackingEvent.Kind.OPEN
    )
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_CLICKS, [(*key, number) for key, number in clicks.items()])
        cursor.executemany(_ADD_OPENS, [(*key, number) for key, number in opens.items()])


def _add_to_totals(delivery_id: int, batch: list[Event]) -> None:
    statistics = _locked(delivery_id)
    hits = Counter((event.kind, event.is_machine) for event in batch)
    statistics.clicks += hits["click", False]
    statistics.machine_clicks += hits["click", True]
    statistics.opens += hits["open", False]
    statistics.machine_opens += hits["open", True]
    openers, clickers = _new_people(delivery_id, batch)
    # A yes may be taken back before the next count of the receivers: whoever is counted as reading was measured.
    Recipient.objects.filter(pk__in=_receivers(openers), is_measured=False).update(is_measured=True)
    statistics.consenting_openers += len(openers)
    statistics.consenting_clickers += len(clickers)
    _add_to_cells(statistics.breakdown, openers, "openers")
    _add_to_cells(statistics.breakdown, clickers, "clickers")
    statistics.save()


def _new_people(delivery_id: int, batch: list[Event]) -> tuple[set, set]:
    """Return who opened and who clicked for the first time. Whoever clicks has the letter open."""
    people = [event for event in batch if event.holder and not event.is_machine]
    clickers = {event.holder for event in people if event.kind == TrackingEvent.Kind.CLICK}
    openers = {event.holder for event in people}
    before = _counted_before(delivery_id, openers)
    opened = {holder for holder, _kind in before}
    clicked = {holder for holder, kind in before if kind == TrackingEvent.Kind.CLICK}
    return openers - opened, clickers - clicked


def _receivers(holders: set[int | str]) -> list[int]:
    return [one for one in holders if isinstance(one, int)]


def _counted_before(delivery_id: int, holders: set[int | str]) -> set[tuple[int | str, str]]:
    """Return who has been counted as opening or clicking before, each with the kind of hit.

    Asked in portions, people and random numbers apart: each question then finds its rows through an index, where one
    long question would read all that was ever hit in the letter.
    """
    known = TrackingEvent.objects.filter(delivery=delivery_id, is_counted=True, is_machine=False)
    people = _receivers(holders)
    tokens = [one for one in holders if isinstance(one, str)]
    questions = [known.filter(recipient__in=part) for part in _batched(people, ASKED_AT_ONCE)]
    questions += [known.filter(token__gt="", token__in=part) for part in _batched(tokens, ASKED_AT_ONCE)]
    return {
        (recipient or token, kind)
        for question in questions
        for recipient, token, kind in question.values_list("recipient_id", "token", "kind").distinct()
    }


def _add_to_cells(breakdown: dict, people: set, figure: str) -> None:
    known = _receivers(people)
    rows = list(Recipient.objects.filter(pk__in=known).values(*DIMENSIONS.values())) if known else []
    for dimension, column in DIMENSIONS.items():
        cells = breakdown.setdefault(dimension, {})
        for row in rows:
            cell = cells.setdefault(str(row[column] or ""), {"delivered": 0, "consenting": 0})
            cell[figure] = cell.get(figure, 0) + 1


def _batched(values: list, size: int) -> Iterator[list]:
    """Yield the values in portions (itertools has it from Python 3.12 on)."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _locked(delivery_id: int) -> DeliveryStatistics:
    DeliveryStatistics.objects.get_or_create(delivery_id=delivery_id)
    return DeliveryStatistics.objects.select_for_update().get(delivery_id=delivery_id)
