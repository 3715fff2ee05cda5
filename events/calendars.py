"""An event as a calendar entry that every calendar program reads (RFC 5545)."""

from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event

from events.models import EventPage


def calendar_of(event: EventPage) -> bytes:
    """Return the event as an .ics file. Times are in UTC, so that no time zone needs to be described."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    entry = Event()
    # The same entry each time: a calendar that has it already moves it instead of adding another.
    entry.add("uid", f"event-{event.pk}@{host}")
    entry.add("sequence", event.latest_revision_id or 0)
    entry.add("dtstamp", timezone.now().astimezone(UTC))
    entry.add("dtstart", event.start.astimezone(UTC))
    entry.add("dtend", event.end.astimezone(UTC))
    entry.add("summary", event.title)
    entry.add("url", address_of(event))
    if event.lead:
        entry.add("description", event.lead)
    if event.place:
        entry.add("location", event.place)
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//tsb_portal//NO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    return calendar.to_ical()


def address_of(event: EventPage) -> str:
    """Return the event's public address, from the site's setting and not from a request."""
    site_url = settings.SITE_URL.rstrip("/")
    path = event.get_url_parts()
    return f"{site_url}{path[2]}" if path and path[2] else site_url
