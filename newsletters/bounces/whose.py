"""Whose letter a mail is about. Only the receiver's own key or our Message-ID is believed: neither can be guessed."""

import uuid

from newsletters.bounces.classify import unsubscribe_key
from newsletters.bounces.mail import Mail
from newsletters.models import Recipient


def recipient_of(mail: Mail) -> Recipient | None:
    """Return the receiver's row that a mail is about, or None when it names none of ours."""
    rows = Recipient.objects.select_related("delivery__series", "person")
    if mail.keyed and (found := rows.filter(key=mail.keyed[1]).first()):
        return found
    if (written := unsubscribe_key(mail)) and (found := rows.filter(key=uuid.UUID(written)).first()):
        return found
    for message_id in mail.our_message_ids[:20]:
        # The delivery's key begins with the twelve digits, which an index finds; then one delivery's rows are searched.
        start = message_id[1:].partition(".")[2][:12]
        found = rows.filter(
            delivery__key__range=(uuid.UUID(start + "0" * 20), uuid.UUID(start + "f" * 20)),
            message_id=message_id,
        ).first()
        if found:
            return found
    return None


def was_handed_over(recipient: Recipient) -> bool:
    """Whether the letter may have reached a mail server at all; nothing else can come back."""
    return recipient.sent_at is not None or recipient.is_uncertain
