"""The list of events, an event's page and its calendar entry."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from core.models import HomePage
from events.models import EventIndexPage, EventPage, ProgrammeItem
from tests.conftest import SITE_NAME
from tests.core.factories import add_page
from tests.events.factories import make_event, make_past_event
from tests.structured import structured_data

pytestmark = pytest.mark.django_db
LIST = "/arrangementer/"
LIST_QUERIES = 8
PAGE_QUERIES = 6


def test_coming_and_past_events_stand_apart(client, site):
    make_event(title="Kommende samling")
    make_past_event(title="Tidligere samling")
    coming = client.get(LIST).content.decode()
    past = client.get(f"{LIST}?vis=tidligere").content.decode()
    assert "Kommende samling" in coming
    assert "Tidligere samling" not in coming
    assert "Tidligere samling" in past


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("vis=alt", "Kommende"),
        ("vis=%00", "Kommende"),
        ("side=abc", "Kommende"),
        ("side=-1", "Kommende"),
        ("side=99", "Kommende"),
        ("vis=tidligere&side=99", "Tidligere"),
    ],
)
def test_unknown_values_are_no_choice(client, site, query, shown):
    make_event(title="Kommende samling")
    make_past_event(title="Tidligere samling")
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    text = response.content.decode()
    assert [name for name in ("Kommende", "Tidligere") if f"{name} samling" in text] == [shown]


def test_the_next_event_comes_first(client, site):
    now = timezone.now()
    make_event(title="Senere", start=now + timedelta(days=60), end=now + timedelta(days=61))
    make_event(title="Først", start=now + timedelta(days=5), end=now + timedelta(days=6))
    text = client.get(LIST).content.decode()
    assert text.index("Først") < text.index("Senere")


def test_an_event_shows_programme_and_a_way_to_register(client, site):
    event = make_event(slug="samling", programme=[ProgrammeItem(time="09.00", text="Velkommen")])
    text = client.get(event.url).content.decode()
    assert "Velkommen" in text
    assert f"/arrangementer/{event.slug}/pamelding/" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"registration_opens": None},
        {"registration_opens": timezone.now() + timedelta(days=2)},
        {"registration_closes": timezone.now() - timedelta(hours=1)},
    ],
)
def test_without_open_registration_there_is_no_button(client, site, fields):
    event = make_event(**fields)
    assert "/pamelding/" not in client.get(event.url).content.decode()


def test_the_calendar_entry_is_read_by_calendars(client, site):
    event = make_event(title="Samling; med tegn, og æøå", lead="To dager.")
    response = client.get(f"/arrangementer/{event.slug}/kalender.ics")
    assert response["Content-Type"].startswith("text/calendar")
    (entry,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Samling; med tegn, og æøå"
    assert entry["DTSTART"].dt == event.start
    assert str(entry["LOCATION"]) == "Trondheim"
    assert not response.cookies


def test_an_event_tells_search_engines_when_where_and_who_holds_it(client, site):
    event = make_event(capacity=40, is_digital=True, lead="To dager.")
    data = structured_data(client.get(event.url).content.decode())
    assert (data["@type"], data["name"], data["description"]) == ("Event", event.title, "To dager.")
    for name, moment in (("startDate", event.start), ("endDate", event.end)):
        assert datetime.fromisoformat(data[name]) == moment
    assert data["location"] == {"@type": "Place", "name": "Trondheim", "address": "Trondheim"}
    assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert data["eventStatus"] == "https://schema.org/EventScheduled"
    assert data["maximumAttendeeCapacity"] == 40
    assert data["organizer"]["name"] == SITE_NAME
    # An event is no writing: these belong to other types.
    assert not {"publisher", "datePublished", "headline"} & data.keys()


def test_an_event_without_a_place_takes_place_at_its_own_address(client, site):
    event = make_event(place="", is_digital=True)
    data = structured_data(client.get(event.url).content.decode())
    assert data["location"] == {"@type": "VirtualLocation", "url": event.full_url}
    assert data["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"


def test_a_list_costs_the_same_with_one_and_with_twenty_events(client, site, django_assert_num_queries):
    make_event()
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for number in range(19):
        make_event(title=f"Samling {number}")
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_an_event_costs_the_same_with_one_and_with_twenty_programme_items(
    client, site, django_assert_num_queries
):
    small = make_event(programme=[ProgrammeItem(text="Velkommen")])
    large = make_event(title="Stor", programme=[ProgrammeItem(text=f"Punkt {n}") for n in range(20)])
    client.get(small.url)
    for event in (small, large):
        with django_assert_num_queries(PAGE_QUERIES):
            client.get(event.url)


def test_another_sites_event_of_the_same_short_name_is_another_event(client, site):
    own = make_event(title="Vårsamling", slug="samling")
    home = add_page(site.root_page.get_parent(), HomePage, title="Et annet nettsted", slug="annet")
    index = add_page(home, EventIndexPage, title="Arrangementer", slug="arrangementer")
    add_page(index, EventPage, title="Høstsamling", slug="samling", start=own.start, end=own.end)
    for ending in ("pamelding/", "kalender.ics"):
        answer = client.get(f"/arrangementer/samling/{ending}")
        assert answer.status_code == 200
        assert "Vårsamling" in answer.content.decode()
        assert "Høstsamling" not in answer.content.decode()
