"""What a year of use leaves behind in the demo: views, downloads, feedback, registrations, orders, reports."""

import random
import secrets
from datetime import date, timedelta

from django.utils import timezone

from core.models import ContentPage, DocumentDownloadCount, FeedbackResponse, PageViewCount, PortalDocument
from demo.loading.content import read_folder
from demo.loading.library import Library
from demo.loading.register import SEED
from directory.models import Person, Position
from events.models import EventPage, Registration
from projects.models import ProjectPage, TrafficLight
from publications.models import PrintOrder
from reporting.models import ReportedFigure

COMMENTS = (
    "Sjekklisten ble hengt opp på vaktrommet samme dag.",
    "Gjerne flere eksempler fra poliklinikk.",
    "Fint å se brukererfaring side om side med forskning.",
    "Savner en kortversjon jeg kan lese på telefonen.",
    "Kunne hatt lenke til skjemaene.",
)
DAYS = 90


def load_activity(library: Library, people: list[Person]) -> None:
    """Fill the counters and registers once."""
    chance = random.Random(SEED + 3)
    if not PageViewCount.objects.exists():
        _views(chance)
    if not FeedbackResponse.objects.exists():
        _feedback(chance)
    if not Registration.objects.exists():
        _registrations(library, people, chance)
    if not PrintOrder.objects.exists():
        _orders(library, people, chance)
    if not TrafficLight.objects.exists():
        _traffic_lights()
    if not ReportedFigure.objects.exists():
        _figures(library)


def _views(chance: random.Random) -> None:
    today = timezone.localdate()
    rows = []
    for page in ContentPage.objects.live().order_by("pk"):
        popularity = chance.paretovariate(1.2) * (25 if page.depth == 2 else 3)
        for back in range(1, DAYS):
            day = today - timedelta(days=back)
            weekday = 0.3 if day.weekday() >= 5 else 1.0
            views = int(chance.gauss(popularity, popularity / 3) * weekday)
            if views > 0:
                rows.append(PageViewCount(page_id=page.pk, date=day, views=min(views, 400)))
    PageViewCount.objects.bulk_create(rows, batch_size=2000)
    downloads = [
        DocumentDownloadCount(
            document=document, date=today - timedelta(days=back), downloads=chance.randrange(1, 15)
        )
        for document in PortalDocument.objects.all()
        for back in range(1, DAYS, 2)
    ]
    DocumentDownloadCount.objects.bulk_create(downloads)


def _feedback(chance: random.Random) -> None:
    pages = [page for page in ContentPage.objects.live().specific() if page.asks_for_feedback]
    today = timezone.localdate()
    rows = []
    for page in chance.sample(pages, min(40, len(pages))):
        for _n in range(chance.randrange(1, 14)):
            scored = chance.random() < 0.6
            rows.append(
                FeedbackResponse(
                    page_id=page.pk,
                    received_on=today - timedelta(days=chance.randrange(60)),
                    form_id=secrets.token_hex(16),
                    was_useful=chance.random() < 0.82,
                    relevance=chance.randrange(6, 11) if scored else None,
                    accessibility=chance.randrange(5, 11) if scored else None,
                    structure=chance.randrange(5, 11) if scored else None,
                    action=chance.randrange(4, 11) if scored else None,
                    comment=chance.choice(COMMENTS) if chance.random() < 0.12 else "",
                )
            )
    FeedbackResponse.objects.bulk_create(rows)


def _registrations(library: Library, people: list[Person], chance: random.Random) -> None:
    workplaces = {p.person_id: p for p in Position.objects.select_related("unit", "organisation")}
    rows = []
    for told in read_folder("events"):
        event = EventPage.objects.get(pk=library.page(f"event/{told['slug']}").pk)
        wanted = told.get("past_figures", {}).get("registered") or (25 if event.takes_registrations else 0)
        places = event.capacity or wanted
        for number, person in enumerate(chance.sample(people, min(wanted, len(people)))):
            position = workplaces.get(person.pk)
            status = "attended" if event.is_past else "registered"
            if number >= places:
                status = "waiting"
            elif event.is_past and chance.random() < 0.07:
                status = "cancelled"
            rows.append(
                Registration(
                    event=event,
                    person=person,
                    form_id=secrets.token_hex(16),
                    name=person.name,
                    email=person.email,
                    organisation=position.organisation if position else None,
                    workplace=position.unit.name if position and position.unit else "",
                    status=status,
                )
            )
    Registration.objects.bulk_create(rows)


def _orders(library: Library, people: list[Person], chance: random.Random) -> None:
    handbook = library.page("publication/handbok-anabole-androgene-steroider")
    for number, person in enumerate(chance.sample(people, 6)):
        PrintOrder.objects.create(
            publication_id=handbook.pk,
            form_id=secrets.token_hex(16),
            copies=chance.choice([5, 10, 25, 50]),
            organisation="Ruspoliklinikken",
            name=person.name,
            email=person.email,
            address="Eksempelveien 1, 0001 Oslo" if number < 3 else "",
            receipt_due=False,
            status=PrintOrder.Status.RECEIVED if number < 3 else PrintOrder.Status.SENT,
            sent_at=None if number < 3 else timezone.now() - timedelta(days=number * 9),
        )


def _traffic_lights() -> None:
    today = timezone.localdate()
    for offset, page in enumerate(ProjectPage.objects.filter(status="ongoing").order_by("pk")):
        for back in range(4):
            month = (today.replace(day=1) - timedelta(days=back * 30)).replace(day=1)
            colour = "yellow" if (offset + back) % 4 == 0 else "green"
            TrafficLight.objects.get_or_create(
                page=page,
                month=month,
                defaults={
                    "time": colour,
                    "comment": "Invitasjonene ble sendt to uker senere enn planlagt."
                    if colour == "yellow"
                    else "",
                },
            )


def _figures(library: Library) -> None:
    project = library.page("project/steroideprosjektet")
    numbers = (
        ("film_views", 709),
        ("film_views", 1732),
        ("film_views", 2220),
        ("teaching", 165),
        ("guidance_hours", 496),
    )
    rows = [
        ReportedFigure(
            page_id=project.pk,
            kind=kind,
            number=number,
            counted_on=date(2018, 4, 1),
            source="Egenrapport 2018",
        )
        for kind, number in numbers
    ]
    rows.append(
        ReportedFigure(
            kind="consultations", number=36, counted_on=date(2018, 4, 1), source="Egenrapport 2018"
        )
    )
    ReportedFigure.objects.bulk_create(rows)
