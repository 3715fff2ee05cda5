"""Factories of events. Pages stand under the index page that `set_up_site` made."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from events.models import EventIndexPage, EventPage, Registration
from tests.core.factories import add_page


def make_event(**fields: Any) -> EventPage:
    """Add an event in 30 days whose registration is open, with room for all."""
    start = timezone.now().replace(microsecond=0) + timedelta(days=30)
    standard = {
        "title": "Vårsamling",
        "start": start,
        "end": start + timedelta(hours=6),
        "place": "Trondheim",
        "registration_opens": timezone.now() - timedelta(days=1),
    }
    return add_page(EventIndexPage.objects.get(), EventPage, **{**standard, **fields})


def make_past_event(**fields: Any) -> EventPage:
    """Add an event that was held a month ago."""
    start = timezone.now() - timedelta(days=30)
    return make_event(
        **{"start": start, "end": start + timedelta(hours=6), "registration_opens": None, **fields}
    )


def make_registration(event: EventPage, number: int = 1, **fields: Any) -> Registration:
    """Add a registration whose mail has been sent."""
    standard = {"name": f"Deltaker {number}", "email": f"deltaker{number}@example.org", "mail_due": ""}
    return Registration.objects.create(event=event, **{**standard, **fields})
