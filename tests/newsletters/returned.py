"""Mails that come back, from tests/newsletters/bounces, made out to a receiver of a letter."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from newsletters.bounces.handle import handle
from newsletters.models import Recipient, StrayMail
from newsletters.return_keys import BOUNCE, UNSUBSCRIBE, return_key
from newsletters.services.freeze import freeze_recipients
from tests.newsletters.factories import (
    PersonFactory,
    SeriesFactory,
    SubscriptionFactory,
    make_delivery,
    make_letter,
)

FOLDER = Path(__file__).parent / "bounces"
DOMAIN = "retur.tjenesten.example"


def sent_letters(people: int = 1, *, series=None, days_ago: float = 0) -> list[Recipient]:
    """Return the receivers of a letter that has been sent to every subscriber; needs the `site` fixture."""
    series = series or SeriesFactory()
    for _person in range(people):
        SubscriptionFactory(person=PersonFactory(), series=series)
    letter = make_letter(series, title=f"Brev {series.deliveries.count()}")
    delivery = make_delivery(letter, frozen=False, sender_email=series.sender_email)
    freeze_recipients(delivery)
    at = timezone.now() - timedelta(days=days_ago)
    delivery.recipients.update(status=Recipient.Status.SENT, sent_at=at)
    type(delivery).objects.filter(pk=delivery.pk).update(
        status="finished", frozen_at=at, started_at=at, finished_at=at
    )
    return list(delivery.recipients.select_related("delivery__series", "person").order_by("pk"))


def mail(name: str, recipient: Recipient | None = None, **changes: str) -> bytes:
    """Return a mail of the folder with the receiver's key, Message-ID and address in it."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    told = {
        "key": "f" * 32,
        "message_id": "<x@example>",
        "address": "ukjent@helse.example",
        "delivery": "0" * 12,
    }
    if recipient:
        told = {
            "key": recipient.key.hex,
            "message_id": recipient.message_id,
            "address": recipient.email,
            "delivery": recipient.delivery.key.hex[:12],
        }
        if "key" not in changes:
            for purpose in (BOUNCE, UNSUBSCRIBE):
                written = f"{purpose}+{{key}}@{DOMAIN}".encode()
                raw = raw.replace(written, returned_to(purpose, recipient).encode())
    for word, value in {**told, **changes}.items():
        raw = raw.replace(f"{{{word}}}".encode(), value.encode())
    return raw


def returned_to(purpose: str, recipient: Recipient) -> str:
    """Return the receiver's address for bounces or for leaving by mail."""
    return f"{purpose}+{return_key(purpose, recipient)}@{DOMAIN}"


def comes_back(name: str, recipient: Recipient | None = None, **changes: str) -> str:
    """Handle a mail of the folder; return what it was and, of a bounce, how the receiver stands now."""
    kind = handle(mail(name, recipient, **changes))
    if recipient:
        recipient.refresh_from_db()
    return kind.value


def it_is_time() -> None:
    """Every wait of a mail that is to be sent on, and every lease, has run out."""
    past = timezone.now() - timedelta(seconds=1)
    StrayMail.objects.filter(state="waiting").update(next_attempt_at=past)
    StrayMail.objects.filter(lease_until__isnull=False).update(lease_until=past)
