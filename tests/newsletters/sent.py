"""A letter that has been sent, without sending it; hits on it."""

from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Delivery, DeliveryLink, Recipient, TrackingEvent
from newsletters.tokens import anonymous_tracking_token, personal_tracking_token
from tests.newsletters.factories import PersonFactory, give_consent, make_delivery

READER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sent_delivery(mode: str = "consent", *, links: int = 4, **fields) -> Delivery:
    """Return a finished delivery of ten minutes ago with so many links and the trap; needs the `site` fixture."""
    before = timezone.now() - timedelta(minutes=10)
    delivery = make_delivery(
        frozen=False,
        measuring_mode=mode,
        frozen_at=before,
        started_at=before,
        finished_at=before,
        status=Delivery.Status.FINISHED,
        **fields,
    )
    trap = [DeliveryLink(delivery=delivery, number=0, url="http://testserver/", is_trap=True)]
    DeliveryLink.objects.bulk_create(
        trap
        + [
            DeliveryLink(delivery=delivery, number=n, url=f"https://example.no/{n}", label=f"Lenke {n}")
            for n in range(1, links + 1)
        ]
    )
    return delivery


def receiver(
    delivery: Delivery, *, consenting: bool = False, seconds_ago: float = 600, **fields
) -> Recipient:
    """Add a receiver who got the letter so many seconds ago."""
    person = PersonFactory()
    if consenting:
        give_consent(person, given_at=timezone.now() - timedelta(days=30))
    defaults = {
        "status": Recipient.Status.SENT,
        "sent_at": timezone.now() - timedelta(seconds=seconds_ago),
        "email": person.email,
    }
    return Recipient.objects.create(delivery=delivery, person=person, **{**defaults, **fields})


def reader(address: str = "192.0.2.1", agent: str = READER) -> Client:
    """Return a browser at an address of its own."""
    return Client(REMOTE_ADDR=address, headers={"user-agent": agent})


def click(
    delivery: Delivery, number: int = 1, *, of: Recipient | None = None, token: str = "", client=None, **extra
):
    """Follow a link of the letter."""
    if of:
        token = personal_tracking_token("click", delivery.pk, of.pk)
    query = {"t": token} if token else {}
    url = reverse("newsletters:link", args=[delivery.key, number])
    method = extra.pop("method", "get")
    return getattr(client or reader(), method)(url, query, **extra)


def open_letter(delivery: Delivery, *, of: Recipient | None = None, number: str = "", client=None, **extra):
    """Fetch the pixel of a letter."""
    token = (
        personal_tracking_token("open", delivery.pk, of.pk)
        if of
        else anonymous_tracking_token("open", delivery.pk, number)
    )
    return (client or reader()).get(reverse("newsletters:open", args=[token]), **extra)


def let_time_pass(minutes: float = 5) -> None:
    """Make the hits so far as old as that, so that the roll-up takes them."""
    for event in TrackingEvent.objects.all():
        TrackingEvent.objects.filter(pk=event.pk).update(at=event.at - timedelta(minutes=minutes))
