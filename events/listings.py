"""What the list of events shows."""

from dataclasses import dataclass

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db.models import Case, Count, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone

from core.cards import with_cards
from core.facets import PER_PAGE
from core.listings import latest_of
from events.models import EventIndexPage, EventPage

PAST = "tidligere"


@latest_of("events")
def coming_events() -> QuerySet[EventPage]:
    """Return published events that are not over, the next one first."""
    return EventPage.objects.live().filter(end__gte=timezone.now()).order_by("start", "pk")


def past_events() -> QuerySet[EventPage]:
    """Return published events that are over, the latest first."""
    return EventPage.objects.live().filter(end__lt=timezone.now()).order_by("-start", "-pk")


@dataclass(frozen=True)
class EventList:
    """One turn of the coming or the past events, and how many there are of both."""

    pages: ListPage
    shows_past: bool
    coming: int
    past: int


def event_list(index: EventIndexPage, request: HttpRequest) -> EventList:
    """Return one turn of the events (5 queries); `?vis=tidligere` shows past ones, all else the coming."""
    shows_past = request.GET.get("vis") == PAST
    events = (past_events() if shows_past else coming_events()).child_of(index)
    now = timezone.now()
    counts = (
        EventPage.objects.live()
        .child_of(index)
        .aggregate(
            coming=Count(Case(When(end__gte=now, then=1))), past=Count(Case(When(end__lt=now, then=1)))
        )
    )
    turn = Paginator(with_cards(events), PER_PAGE).get_page(request.GET.get("side"))
    return EventList(turn, shows_past, counts["coming"], counts["past"])
