"""Mails on their way to those who read replies: stored in one transaction, sent outside any, then recorded.

How rows are claimed and recorded: newsletters.posting. What cannot be sent on, an adviser decides about.
"""

import logging
import time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from newsletters import posting
from newsletters.bounces import stray
from newsletters.bounces.forward import forward, reply_address
from newsletters.bounces.mail import Mail
from newsletters.models import Series, StrayMail
from newsletters.posting import FRESH, RUN_SECONDS, Verdict
from newsletters.smtp import Outcome, Reply, Transport

logger = logging.getLogger(__name__)

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
    ordered = rows.update(**FRESH, state=State.WAITING, series=series, answer="")
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
    return _waiting().count()


def claim() -> StrayMail | None:
    """Take the mail that has waited longest; one that another worker is taking is passed over."""
    return posting.claim(_waiting().select_related("series"))


def recover_expired() -> None:
    """Put mails whose worker vanished back among the waiting, as uncertain; there is no third try."""
    posting.recover_expired(_waiting(), state=State.FAILED, answer=TWICE_UNCERTAIN)


def record(row: StrayMail, reply: Reply) -> None:
    """Write how sending on ended. What is sent on is erased here."""
    posting.record(_waiting(), row, reply, lambda verdict: _marks(row, reply, verdict))


def _waiting() -> QuerySet[StrayMail]:
    return StrayMail.objects.filter(state=State.WAITING)


def _send(row: StrayMail, transport: Transport) -> Reply:
    if row.series is None:
        return Reply(Outcome.FAILED, None, NO_SERIES)
    return forward(stray.mail_of(row), row.series, transport)


def _marks(row: StrayMail, reply: Reply, verdict: Verdict) -> dict[str, Any]:
    """Return what the row says besides when it is tried again."""
    if verdict is Verdict.SENT:
        return _done(row)
    said = f"{reply.code or ''} {reply.text}".strip()[:500]
    if verdict is Verdict.FOR_NOW:
        return {"answer": said}
    is_unknown = reply.outcome is Outcome.UNCERTAIN
    return {"state": State.FAILED, "answer": TWICE_UNCERTAIN if is_unknown else said}


def _done(row: StrayMail) -> dict[str, Any]:
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
