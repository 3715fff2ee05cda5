"""What a bounce, a complaint or an unsubscription changes."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from newsletters import refusals
from newsletters.bounces.verdicts import Failure, Verdict
from newsletters.bounces.whose import was_handed_over
from newsletters.models import Recipient, SuppressedAddress, address_hash, owner_of
from newsletters.prepared import wire_address
from newsletters.rollup import move_outcome
from newsletters.soft_bounces import is_third_in_a_row
from newsletters.subscriptions import unsubscribe, unsubscribe_from_all
from newsletters.wanted import SUPPRESSED_REPLY

Status = Recipient.Status


class TryLater(Exception):
    """The mail cannot be handled now; it stays where it is and is read again."""


@transaction.atomic
def bounced(recipient: Recipient, failure: Failure) -> bool:
    """Record that a letter came back; False when it cannot have, because it never left.

    Raises TryLater while a worker still has the row in its hands.
    """
    row = _locked(recipient)
    if row.status == Status.SENDING:
        raise TryLater("The letter's own outcome is not recorded yet.")
    if not was_handed_over(row):
        return False
    if _is_of_another_address(row, failure):
        # Forwarded by the receiver: their own address took the letter, and a second one would reach them too.
        if row.status == Status.SENT:
            _settle(row, Status.SENT, failure)
        return True
    if failure.verdict is Verdict.SOFT and is_third_in_a_row(row):
        failure = replace(failure, verdict=Verdict.HARD)
    if failure.verdict is Verdict.HARD:
        _settle(row, Status.BOUNCED, failure)
        suppress(row, SuppressedAddress.Reason.HARD_BOUNCE)
    elif row.status == Status.SENT:
        _settle(row, Status.FAILED, failure)
        if failure.verdict is Verdict.REFUSED:
            refusals.note(row.delivery_id, 1, failure.text)
    return True


@transaction.atomic
def complained(recipient: Recipient) -> None:
    """A reader has called a letter spam: no letter ever again, to this address or this person."""
    suppress(recipient, SuppressedAddress.Reason.COMPLAINT)
    if person := owner_of(recipient):
        unsubscribe_from_all(person, recipient=recipient)


def left(recipient: Recipient) -> None:
    """End the series for the receiver, as the one-click POST does. Whoever is erased has left already."""
    if person := owner_of(recipient):
        unsubscribe(person, recipient.delivery.series, recipient=recipient)


def suppress(recipient: Recipient, reason: str) -> None:
    """Never mail the address again; letters to it that have not left are skipped."""
    if recipient.person is None:  # erased, and suppressed by that
        return
    row, is_new = SuppressedAddress.objects.get_or_create(
        hash=address_hash(recipient.email), defaults={"reason": reason}
    )
    lighter = (SuppressedAddress.Reason.HARD_BOUNCE, SuppressedAddress.Reason.MANUAL)
    if not is_new and reason == SuppressedAddress.Reason.COMPLAINT and row.reason in lighter:
        # Whoever lifts it must know that the owner complained.
        SuppressedAddress.objects.filter(pk=row.pk).update(reason=reason, since=timezone.now())
    waiting = Recipient.objects.filter(
        person=recipient.person, email__iexact=recipient.email, status=Status.PENDING
    )
    waiting.update(status=Status.SKIPPED, smtp_reply=SUPPRESSED_REPLY)


def _locked(recipient: Recipient) -> Recipient:
    rows = Recipient.objects.select_related("delivery", "person")
    return rows.select_for_update(of=("self",)).get(pk=recipient.pk)


def _is_of_another_address(row: Recipient, failure: Failure) -> bool:
    """Whether the report names an address that the letter was not sent to. Of the erased, nobody knows any more."""
    if not failure.address or row.person is None:
        return False
    return failure.address not in {row.email.lower(), wire_address(row.email).lower()}


def _settle(row: Recipient, status: str, failure: Failure) -> None:
    """Write the late outcome; the figures follow with the next roll-up, or at once where they are closed."""
    before = row.status
    row.status, row.smtp_code, row.smtp_reply = status, failure.code, failure.text if row.person else ""
    row.save(update_fields=["status", "smtp_code", "smtp_reply"])
    if before != status:
        move_outcome(row, before, status)
