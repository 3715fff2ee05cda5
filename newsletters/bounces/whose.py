"""Whose letter a mail is about. Only a key of the receiver's own or our Message-ID is believed: none can be guessed."""

import uuid

from django.db.models import QuerySet

from newsletters.bounces.classify import Kind, unsubscribe_key
from newsletters.bounces.mail import Mail
from newsletters.models import Recipient
from newsletters.return_keys import BOUNCE, UNSUBSCRIBE, fits, receiver_number

# What an address of that kind is needed for. A person may answer to either.
NEEDED = {Kind.BOUNCE: BOUNCE, Kind.COMPLAINT: BOUNCE, Kind.UNSUBSCRIBE: UNSUBSCRIBE}


def recipient_of(mail: Mail, kind: Kind) -> Recipient | None:
    """Return the receiver's row that a mail of a kind is about, or None when it names none of ours.

    Whoever leaves by mail needs the key for leaving: the Message-ID goes with every answer.
    """
    if mail.keyed and NEEDED.get(kind, mail.keyed[0]) == mail.keyed[0] and (found := _by_key(*mail.keyed)):
        return found
    if kind is Kind.UNSUBSCRIBE:
        written = unsubscribe_key(mail)
        return _by_key(UNSUBSCRIBE, written) if written else None
    return _by_message_id(mail)


def _rows() -> QuerySet[Recipient]:
    return Recipient.objects.select_related("delivery__series", "person")


def _by_key(purpose: str, key: str) -> Recipient | None:
    if "-" in key:
        found = _rows().filter(pk=receiver_number(key)).first()
        return found if found and fits(purpose, key, found) else None
    # From a letter sent before each purpose had a key of its own; newer letters do not carry this one.
    return _rows().filter(key=uuid.UUID(key)).first()


def _by_message_id(mail: Mail) -> Recipient | None:
    for message_id in mail.our_message_ids[:20]:
        # The delivery's key begins with the twelve digits, which an index finds; then one delivery's rows are searched.
        start = message_id[1:].partition(".")[2][:12]
        found = (
            _rows()
            .filter(
                delivery__key__range=(uuid.UUID(start + "0" * 20), uuid.UUID(start + "f" * 20)),
                message_id=message_id,
            )
            .first()
        )
        if found:
            return found
    return None


def was_handed_over(recipient: Recipient) -> bool:
    """Whether the letter may have reached a mail server at all; nothing else can come back."""
    return recipient.sent_at is not None or recipient.is_uncertain
