"""Mails that wait in rows: claimed under a lease, sent outside any transaction, then recorded.

A waiting row is claimed under a lease that only its claimer knows. A row whose lease ran out, or whose connection broke
while the content was on its way, may or may not have been sent: it becomes *uncertain* and is sent once more, with the
same Message-ID; after that it is given up. Making a mail has a lease of its own, since drawing a report may take
longer than handing it over. Nothing is tried for ever.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from newsletters.handing_over import MailServerAway, refusal
from newsletters.models.posting import Posting, SystemPosting
from newsletters.queue import BACK_OFF, retry_time
from newsletters.smtp import Outcome, Reply, technical, without_addresses

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Posting)
SystemRow = TypeVar("SystemRow", bound=SystemPosting)
# Makes a row's mail, calls the second when it is made, and hands it over.
Send = Callable[[SystemRow, Callable[[], None]], None]
# How long a worker stays with this before it lets other work in (seconds).
RUN_SECONDS = 60
# A mail server that is away, or that gave no answer, is asked again after so long (seconds).
AWAY_WAIT = 60
# How long a worker may take to make a mail, before it is handed over (seconds).
MAKING_SECONDS = 600
# Who is patient is so for about a week: the last wait comes again and again.
PATIENT_TRIES = len(BACK_OFF) + 12
# A row nobody has tried yet.
FRESH = {
    "attempts": 0,
    "is_uncertain": False,
    "next_attempt_at": None,
    "lease_until": None,
    "lease_key": None,
}
FREE = {"lease_key": None, "lease_until": None}


class LeaseLost(Exception):
    """Making the mail took so long that another worker has its row."""


class Verdict(Enum):
    """What an answer means for a mail."""

    SENT = "sent"
    FOR_NOW = "not now"
    FOR_GOOD = "never"


def send_unless_refused(send: Callable[[], None]) -> bool:
    """Send a mail that waits in no row of its own; False when it was refused for good, which ends it.

    One that may have arrived is sent once more, at once, and then counts as sent. Raises OSError when the mail is
    worth another try.
    """
    for is_last in (False, True):
        try:
            send()
        except OSError as error:
            reply = refusal(error)
            if reply.outcome is Outcome.UNCERTAIN:
                logger.warning("A mail may have arrived, %s", "and ends" if is_last else "and is sent again")
                continue
            if reply.outcome is not Outcome.FAILED:
                raise
            logger.warning("A mail was refused for good: %s %s", reply.code, without_addresses(reply.text))
            return False
        break
    return True


def send_waiting(
    waiting: QuerySet[SystemRow],
    send: Send[SystemRow],
    mark: str,
    *,
    run_seconds: float = RUN_SECONDS,
) -> int:
    """Send the mails of the rows that wait; return how many were sent. Any number of workers may do this at once.

    `mark` names the field that says when. A mail that is refused for now waits ever longer, for about a week; one that
    is refused for good is given up; neither holds up the next. Raises MailServerAway, and all wait for the next round.
    """
    unmarked = waiting.model._default_manager.filter(**{mark: None, "gave_up_at": None})
    recover_expired(unmarked, gave_up_at=timezone.now())
    sent, deadline = 0, time.monotonic() + run_seconds
    while time.monotonic() < deadline and (
        row := claim(waiting.filter(gave_up_at=None), seconds=MAKING_SECONDS)
    ):
        reply = _attempt(send, row, unmarked)
        if reply is None:
            continue
        now = timezone.now()
        marks = {Verdict.SENT: {mark: now}, Verdict.FOR_GOOD: {"gave_up_at": now}}
        record(unmarked, row, reply, lambda verdict, marks=marks: marks.get(verdict, {}), patient=True)
        sent += reply.outcome is Outcome.SENT
        if reply.outcome is Outcome.UNREACHABLE:
            raise MailServerAway(reply.text)
    return sent


def claim(waiting: QuerySet[Row], *, seconds: float | None = None) -> Row | None:
    """Take the row that has waited longest; one that another worker is taking is passed over.

    The lease is LETTER_LEASE_SECONDS long where nothing else is said.
    """
    now = timezone.now()
    # Durable: the mail is sent after this, so nobody may have a transaction open around it.
    with transaction.atomic(durable=True):
        due = waiting.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now), lease_until__isnull=True)
        due = due.order_by(F("next_attempt_at").asc(nulls_first=True), "pk")
        row = due.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        row.attempts += 1
        row.lease_key = uuid.uuid4()
        row.lease_until = now + timedelta(seconds=seconds or settings.LETTER_LEASE_SECONDS)
        row.save(update_fields=["attempts", "lease_key", "lease_until"])
        return row


def recover_expired(waiting: QuerySet[Row], **given_up: Any) -> None:
    """Put rows whose worker vanished back among the waiting, as uncertain; there is no third try."""
    now = timezone.now()
    expired = waiting.filter(lease_until__lt=now)
    if expired.filter(is_uncertain=True).update(**given_up, **FREE):
        logger.error("A mail is given up: two workers have vanished with it.")
    expired.update(is_uncertain=True, next_attempt_at=now, **FREE)


def record(
    waiting: QuerySet[Row],
    row: Row,
    reply: Reply,
    marks: Callable[[Verdict], dict[str, Any]],
    *,
    patient: bool = False,
) -> Verdict:
    """Write how a claimed row's mail ended, with what `marks` says of it.

    Who is patient lets refusals for now end it after a week only, and asks a server that was away as soon as there is
    another round.
    Where the lease ran out meanwhile only this still counts: that it was sent, unless another worker has the mail.
    """
    verdict, fields = _judged(row, reply, patient)
    mine = Q(lease_key=row.lease_key)
    if verdict is Verdict.SENT:
        mine |= Q(lease_key=None)
    if not waiting.filter(mine, pk=row.pk).update(**FREE, **fields, **marks(verdict)):
        logger.warning("The outcome for a mail came after its lease had run out, or the mail was deleted.")
    if verdict is not Verdict.SENT:
        logger.warning(
            "The mail of %s %s is not sent, %s: %s %s",
            row._meta.model_name,
            row.pk,
            "and given up" if verdict is Verdict.FOR_GOOD else "and waits",
            reply.code or reply.outcome.value,
            without_addresses(reply.text),
        )
    return verdict


def _attempt(send: Send[SystemRow], row: SystemRow, unmarked: QuerySet[SystemRow]) -> Reply | None:
    """Send a row's mail; None when another worker has the row. Never raises: one fault must not hold up the next."""
    try:
        send(row, lambda: _begin_hand_over(unmarked, row))
    except LeaseLost:
        logger.warning("The mail of %s %s was made too slowly.", row._meta.model_name, row.pk)
        return None
    except OSError as error:
        logger.info("A mail was not taken: %s", technical(error))
        return refusal(error)
    except Exception:
        logger.exception("The mail of %s %s could not be made.", row._meta.model_name, row.pk)
        return Reply(Outcome.TEMPORARY)
    return Reply(Outcome.SENT)


def _begin_hand_over(unmarked: QuerySet[SystemRow], row: SystemRow) -> None:
    """Begin the lease anew now that the mail is made: what follows takes LETTER_MESSAGE_SECONDS at most."""
    until = timezone.now() + timedelta(seconds=settings.LETTER_LEASE_SECONDS)
    if not unmarked.filter(pk=row.pk, lease_key=row.lease_key).update(lease_until=until):
        raise LeaseLost


def _judged(row: Posting, reply: Reply, patient: bool) -> tuple[Verdict, dict[str, Any]]:
    """Say what a mail server's answer means for the row, and when it is tried again."""
    now = timezone.now()
    soon = now + timedelta(seconds=AWAY_WAIT)
    if reply.outcome is Outcome.SENT:
        return Verdict.SENT, {}
    if reply.outcome is Outcome.UNREACHABLE:
        # However long it is away: that says nothing about the mail.
        return Verdict.FOR_NOW, {"attempts": row.attempts - 1, "next_attempt_at": now if patient else soon}
    if reply.outcome is Outcome.UNCERTAIN and not row.is_uncertain:
        return Verdict.FOR_NOW, {"is_uncertain": True, "next_attempt_at": soon}
    if reply.outcome is Outcome.TEMPORARY:
        is_patient = patient and row.attempts < PATIENT_TRIES
        again = retry_time(min(row.attempts, len(BACK_OFF)) if is_patient else row.attempts)
        if again:
            return Verdict.FOR_NOW, {"next_attempt_at": again}
    return Verdict.FOR_GOOD, {}
