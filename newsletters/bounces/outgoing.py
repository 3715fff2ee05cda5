"""Mails on their way to those who read replies: stored in one transaction, sent outside any, then recorded.

A waiting row is claimed under a lease that only its claimer knows. A row whose lease ran out may or may not have been
sent: it becomes *uncertain* and is sent once more, with the same Message-ID; after that an adviser decides.
"""

import logging
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from newsletters.bounces import stray
from newsletters.bounces.forward import forward, reply_address
from newsletters.bounces.mail import Mail
from newsletters.models import Series, StrayMail
from newsletters.queue import retry_time
from newsletters.smtp import Outcome, Reply, Transport

logger = logging.getLogger(__name__)

# How long a worker stays with this before it lets other work in (seconds).
RUN_SECONDS = 60
# A mail server that is away, or that gave no answer, is asked again after so long (seconds).
AWAY_WAIT = 60
TWICE_UNCERTAIN = gettext_noop("The outcome is unknown after two attempts; the mail may have arrived.")
NO_SERIES = gettext_noop("The series it was to be sent to does not exist any more.")
State = StrayMail.State


def put(mail: Mail, series: Series) -> None:
    """Store a reply to be sent on, whole; part of the transaction that marks it as handled."""
    stray.keep_whole(
        mail, StrayMail.Reason.REPLY, series, state=State.WAITING, next_attempt_at=timezone.now()
    )


def order(mail_id: int, series: Series) -> bool:
    """Have a kept mail sent on to a series' reply address; False when it is on its way already, or gone."""
    rows = StrayMail.objects.filter(pk=mail_id, state__in=[State.KEPT, State.FAILED])
    ordered = rows.update(
        state=State.WAITING,
        series=series,
        attempts=0,
        is_uncertain=False,
        next_attempt_at=timezone.now(),
        answer="",
    )
    if ordered:
        transaction.on_commit(wake)
    return bool(ordered)


def wake() -> None:
    """Tell a worker at once. Without a broker nothing is lost: the schedule asks by itself."""
    from newsletters.tasks_bounces import forward_mail

    try:
        forward_mail.delay()
    except Exception:  # whatever a broker's client raises
        logger.warning("The broker is away; mail is sent on with the schedule's next round.")


def forward_waiting(*, run_seconds: float = RUN_SECONDS) -> int:
    """Send on what is due; return how many mails were handed over. Any number of workers may do this at once.

    Stops when nothing is due, when the mail server is away, or after `run_seconds`.
    """
    recover_expired()
    sent, deadline = 0, time.monotonic() + run_seconds
    with Transport() as transport:
        while time.monotonic() < deadline and (row := claim()):
            reply = _send(row, transport)
            record(row, reply)
            sent += reply.outcome is Outcome.SENT
            if reply.outcome is Outcome.UNREACHABLE:
                break
    return sent


def number_waiting() -> int:
    """Return how many mails are to be sent on and have not been."""
    return StrayMail.objects.filter(state=State.WAITING).count()


def claim() -> StrayMail | None:
    """Take the mail that has waited longest; one that another worker is taking is passed over."""
    now = timezone.now()
    # Durable: the mail is sent after this, so nobody may have a transaction open around it.
    with transaction.atomic(durable=True):
        waiting = StrayMail.objects.filter(
            state=State.WAITING, lease_until__isnull=True, next_attempt_at__lte=now
        )
        waiting = waiting.select_related("series").order_by("next_attempt_at", "pk")
        row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if row is None:
            return None
        row.attempts += 1
        row.lease_key, row.lease_until = uuid.uuid4(), now + timedelta(seconds=settings.LETTER_LEASE_SECONDS)
        row.save(update_fields=["attempts", "lease_key", "lease_until"])
        return row


def recover_expired() -> None:
    """Put mails whose worker vanished back among the waiting, as uncertain; there is no third try."""
    expired = StrayMail.objects.filter(state=State.WAITING, lease_until__lt=timezone.now())
    free = {"lease_key": None, "lease_until": None}
    expired.filter(is_uncertain=True).update(state=State.FAILED, answer=TWICE_UNCERTAIN, **free)
    expired.update(is_uncertain=True, next_attempt_at=timezone.now(), **free)


def record(row: StrayMail, reply: Reply) -> None:
    """Write how sending on ended. What is sent on is erased here.

    Where the lease ran out meanwhile only this still counts: that it was sent, unless another worker has the mail.
    """
    mine = Q(lease_key=row.lease_key)
    if reply.outcome is Outcome.SENT:
        mine |= Q(lease_key=None)
    ours = StrayMail.objects.filter(mine, pk=row.pk, state=State.WAITING)
    if not ours.update(lease_key=None, lease_until=None, **_outcome(row, reply)):
        logger.warning("The outcome for a mail came after its lease had run out, or the mail was deleted.")
    if reply.outcome is not Outcome.SENT:
        logger.warning("A mail is not sent on yet or at all: %s %s.", reply.outcome.value, reply.code)


def _send(row: StrayMail, transport: Transport) -> Reply:
    if row.series is None:
        return Reply(Outcome.FAILED, None, NO_SERIES)
    return forward(stray.mail_of(row), row.series, transport)


def _outcome(row: StrayMail, reply: Reply) -> dict:
    """Say what a mail server's answer means for the row: which fields it gets."""
    if reply.outcome is Outcome.SENT:
        return _done(row)
    said = {"answer": f"{reply.code or ''} {reply.text}".strip()[:500]}
    soon = timezone.now() + timedelta(seconds=AWAY_WAIT)
    if reply.outcome is Outcome.UNREACHABLE:
        # However long it is away: that says nothing about the mail.
        return said | {"attempts": row.attempts - 1, "next_attempt_at": soon}
    if reply.outcome is Outcome.UNCERTAIN:
        if row.is_uncertain:
            return {"state": State.FAILED, "answer": TWICE_UNCERTAIN}
        return said | {"is_uncertain": True, "next_attempt_at": soon}
    again: datetime | None = retry_time(row.attempts) if reply.outcome is Outcome.TEMPORARY else None
    return said | ({"next_attempt_at": again} if again else {"state": State.FAILED})


def _done(row: StrayMail) -> dict:
    """Nothing is kept of the mail, only that one was sent on."""
    return {
        "state": State.DONE,
        "forwarded_at": timezone.now(),
        "forwarded_to": reply_address(row.series) if row.series else "",
        "answer": "",
        "sender": "",
        "subject": "",
        "body": b"",
        "address_hashes": [],
    }
