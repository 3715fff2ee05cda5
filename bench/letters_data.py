"""The letters of the bench: a register of invented people, deliveries to so many of them, and their removal.

Usage: python -m bench.letters_data hits COUNT    makes a delivery whose links and pixels can be hit; prints paths
       python -m bench.letters_data count ID      prints how many hits it has got, and removes it
       python -m bench.letters_data freeze COUNT  times the freezing of an audience; prints seconds
       python -m bench.letters_data freeze-narrowed COUNT   the same with members, filters and people who have left
"""

import json
import os
import sys
import time
from functools import partial

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.production")
django.setup()

from django.db import connection, transaction
from django.utils import timezone

from directory.models import HealthRegion, Organisation, Person, Position
from networks.models import Membership, NetworkPage
from newsletters.audience import Audience
from newsletters.models import (
    Delivery,
    DeliveryLink,
    FewerLetters,
    LeftAllLetters,
    LetterPage,
    MeasuringConsent,
    Recipient,
    Series,
    Subscription,
    SuppressedAddress,
    TrackingEvent,
    address_hash,
)
from newsletters.services.freeze import freeze_recipients
from newsletters.tokens import personal_tracking_token

SLUG = "bench"
TEXT = "Vi følger opp pasienter på døgnenheter og poliklinikker i hele landet. "
BATCH = 5000
ANALYSED = (
    "directory_person",
    "directory_position",
    "networks_membership",
    "newsletters_fewerletters",
    "newsletters_leftallletters",
    "newsletters_subscription",
    "newsletters_suppressedaddress",
)
CLEAR = (
    "DELETE FROM newsletters_trackingevent USING newsletters_delivery d WHERE delivery_id = d.id AND series_id = %s",
    "DELETE FROM newsletters_recipient USING newsletters_delivery d WHERE delivery_id = d.id AND series_id = %s",
)


def html(size: int = 20_000) -> str:
    """Return a letter's frozen HTML of about so many bytes, with the slots a real one has."""
    head = '<html><body><p>{{slot:greeting}}</p><img src="https://portal.example/media/topp.png" alt="">'
    links = "".join(
        f'<p><a href="https://portal.example/l/k/{n}{{{{slot:t}}}}">Les mer</a></p>' for n in range(8)
    )
    foot = '<p><a href="{{slot:unsubscribe_url}}">Avmeld</a> <a href="{{slot:preferences_url}}">Valg</a></p>'
    rest = size - len((head + links + foot).encode())
    body = f'<p style="margin:0 0 16px;font:16px/1.5 Arial">{TEXT * 3}</p>\n'
    return f"{head}{body * (rest // len(body.encode()))}{links}{foot}{{{{slot:pixel}}}}</body></html>"


def series() -> Series:
    """Return the bench's series."""
    return Series.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "Bench",
            "description": "Bench",
            "sender_name": "Tjenesten på Ås",
            "sender_email": "brev@tjenesten.example",
        },
    )[0]


def subscribers(number: int) -> Series:
    """Make sure that the bench's series has exactly so many subscribers, with a place of work each."""
    found, waiting = series(), Subscription.Status.PENDING
    have = Subscription.objects.filter(series=found).count()
    places = list(Organisation.objects.all())
    for start in range(have, number, BATCH):
        people = Person.objects.bulk_create(
            Person(email=f"bench-{n}@example.invalid", first_name="Kari", last_name="Nordmann")
            for n in range(start, min(start + BATCH, number))
        )
        Position.objects.bulk_create(
            Position(person=one, organisation=places[n % len(places)]) for n, one in enumerate(people)
        )
        Subscription.objects.bulk_create(
            Subscription(person=one, series=found, status=waiting) for one in people
        )
    Subscription.objects.filter(series=found).update(status=waiting)
    chosen = Subscription.objects.filter(series=found).order_by("pk")[:number].values("pk")
    Subscription.objects.filter(pk__in=chosen).update(status=Subscription.Status.ACTIVE)
    return found


def clear_away() -> None:
    """Remove the bench's deliveries; in SQL, for the receivers are too many to be looked at one by one."""
    with connection.cursor() as cursor:
        for statement in CLEAR:
            cursor.execute(statement, [series().pk])
    Delivery.objects.filter(series=series()).delete()


def delivery(**fields) -> Delivery:
    """Return a new frozen delivery without receivers."""
    letter = LetterPage.objects.order_by("pk").first()
    if letter is None:
        sys.exit("The demo site has no letter.")
    clear_away()
    return Delivery.objects.create(
        letter=letter,
        series=series(),
        audience=Audience(series=series().pk).as_dict(),
        subject="Nytt fra feltet på Ås",
        sender_name="Tjenesten på Ås",
        sender_email="brev@tjenesten.example",
        greeting="Hei, {name}",
        greeting_fallback="Hei",
        html=html(),
        text="{{slot:greeting}}\n\n" + TEXT * 20 + "\n\nAvmeld: {{slot:unsubscribe_url}}\n",
        frozen_at=timezone.now(),
        **fields,
    )


def make_hits(number: int) -> dict:
    """Return the paths of a sent delivery: a link, and for each of so many consenting receivers link and pixel."""
    subscribers(number)
    sent = delivery(status=Delivery.Status.FINISHED, measuring_mode="consent")
    freeze_recipients(sent)
    links = [DeliveryLink(delivery=sent, number=n, url=f"https://example.no/{n}") for n in range(1, 4)]
    DeliveryLink.objects.bulk_create(links)
    sent.recipients.update(status=Recipient.Status.SENT, sent_at="2026-01-01T00:00Z")
    rows = list(sent.recipients.values_list("pk", "person_id"))
    MeasuringConsent.objects.bulk_create(
        [
            MeasuringConsent(person_id=person, wording="Ja.", given_at="2025-01-01T00:00Z")
            for _pk, person in rows
        ],
        ignore_conflicts=True,
    )
    link = f"/l/{sent.key}/1"
    return {
        "id": sent.pk,
        "click": [link],
        "click, personal": [
            f"{link}?t={personal_tracking_token('click', sent.pk, pk)}" for pk, _person in rows
        ],
        "open": [f"/o/{personal_tracking_token('open', sent.pk, pk)}.gif" for pk, _person in rows],
    }


def count_hits(delivery_id: int) -> dict:
    """Return how many hits have been written, and clear the delivery away."""
    found = TrackingEvent.objects.filter(delivery=delivery_id).count()
    clear_away()
    return {"hits": found}


def time_freezing(number: int, *, narrowed: bool = False) -> dict:
    """Return how long it takes to write the receivers of an audience (seconds)."""
    subscribers(number)
    frozen = delivery(status=Delivery.Status.CANCELLED)
    with transaction.atomic():
        if narrowed:
            frozen.audience = _narrow().as_dict()
        with connection.cursor() as cursor:
            # As PostgreSQL does by itself soon after so many rows have come.
            cursor.execute(f"ANALYZE {', '.join(ANALYSED)}")
        started = time.perf_counter()
        receivers = freeze_recipients(frozen)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    clear_away()
    return {"receivers": receivers, "seconds": seconds}


def _narrow() -> Audience:
    """Return an audience of subscribers and members in all regions, some of whom left, pause or are suppressed."""
    network = NetworkPage.objects.order_by("pk").first()
    if network is None:
        sys.exit("The demo site has no network.")
    people = list(
        Subscription.objects.active().filter(series=series()).values_list("person", "person__email")
    )
    Membership.objects.bulk_create(
        [Membership(page=network, person_id=pk) for pk, _email in people[::2]], batch_size=BATCH
    )
    left = Subscription.objects.filter(series=series(), person__in=[pk for pk, _email in people[::20]])
    left.update(status=Subscription.Status.UNSUBSCRIBED)
    LeftAllLetters.objects.bulk_create([LeftAllLetters(person_id=pk) for pk, _email in people[1::40]])
    FewerLetters.objects.bulk_create(
        [FewerLetters(person_id=pk, only_important=True) for pk, _email in people[2::40]]
    )
    dead = SuppressedAddress.Reason.HARD_BOUNCE
    SuppressedAddress.objects.bulk_create(
        [SuppressedAddress(hash=address_hash(email), reason=dead) for _pk, email in people[3::100]]
    )
    regions = HealthRegion.objects.values_list("pk", flat=True)
    return Audience(series=series().pk, networks=(network.pk,), regions=tuple(regions))


if __name__ == "__main__":
    what = {
        "hits": make_hits,
        "count": count_hits,
        "freeze": time_freezing,
        "freeze-narrowed": partial(time_freezing, narrowed=True),
    }[sys.argv[1]]
    print(json.dumps(what(int(sys.argv[2]))))
