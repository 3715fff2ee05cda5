"""The receivers' rows as a queue: claimed with a lease, settled in one statement per batch, recovered after a crash.

A row is `pending`, then `sending` under a lease that only its claimer knows, then settled. A row whose lease ran out
may or may not have been sent; it becomes *uncertain* and is tried once more with the same Message-ID, alone, so that
a second crash at that very moment is as unlikely as can be.
"""

import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext_noop

from newsletters import soft_bounces, wanted
from newsletters.models import Delivery, Recipient, SuppressedAddress, address_hash

# Waits after the first, second, … refusal for now (minutes); after the last the receiver counts as failed.
BACK_OFF = (2, 10, 30, 120, 360, 720)
TWICE_UNCERTAIN = gettext_noop("The outcome is unknown after two attempts; the letter may have arrived.")


@dataclass
class Settlement:
    """How one claimed row ends, as it is written to its row. Without code and reply, the row keeps what it has."""

    recipient: Recipient
    status: str
    code: int | None = None
    reply: str = ""
    at: datetime = field(default_factory=timezone.now)
    retry_at: datetime | None = None
    counts_as_attempt: bool = True
    is_uncertain: bool = False
    suppress: bool = False
    # The address could not take the letter for now; three in a row make it one that does not exist.
    is_soft: bool = False
    # The letter itself was refused, not the address.
    is_refusal: bool = False


@dataclass
class Batch:
    """Rows one worker has claimed, under one lease."""

    recipients: list[Recipient]
    lease_key: uuid.UUID
    lease_until: datetime


def claim(delivery_id: int, size: int) -> Batch:
    """Take up to `size` waiting rows of a running delivery; rows another worker holds are passed over.

    Uncertain rows come last and one by one.
    """
    batch = _claim(delivery_id, size, uncertain=False)
    return batch if batch.recipients else _claim(delivery_id, 1, uncertain=True)


# One statement, so that a claim costs one way to the database and back.
CLAIM = """
WITH chosen AS MATERIALIZED (
    SELECT r.id
    FROM newsletters_recipient r JOIN newsletters_delivery d ON d.id = r.delivery_id
    WHERE r.delivery_id = %(delivery)s AND d.status = 'sending' AND r.status = 'pending'
      AND r.next_attempt_at <= %(now)s AND r.is_uncertain = %(uncertain)s
    ORDER BY r.next_attempt_at, r.id
    LIMIT %(size)s
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE newsletters_recipient r
SET status = 'sending', lease_key = %(key)s, lease_until = %(until)s, attempts = r.attempts + 1
FROM chosen WHERE r.id = chosen.id
RETURNING r.*
"""


def _claim(delivery_id: int, size: int, *, uncertain: bool) -> Batch:
    now = timezone.now()
    key, until = uuid.uuid4(), now + timedelta(seconds=settings.LETTER_LEASE_SECONDS)
    values: dict[str, Any] = {"delivery": delivery_id, "size": size, "uncertain": uncertain}
    values |= {"now": now, "key": key, "until": until}
    rows = sorted(Recipient.objects.raw(CLAIM, values), key=lambda row: (row.next_attempt_at, row.pk))
    return Batch(rows, key, until)


# Only rows that go back to the queue pay for the look at what the person wants. Where the lease ran out, the row may
# wait to be sent once more, or be skipped: that the letter has left still counts, unless another worker holds the row
# or has said how it ended.
SETTLE = """
UPDATE newsletters_recipient AS r
SET status = CASE WHEN v.status = 'pending' AND ({why_not}) IS NOT NULL THEN 'skipped' ELSE v.status END,
    is_uncertain = r.is_uncertain OR v.uncertain,
    smtp_code = CASE WHEN v.code IS NULL AND v.reply = '' THEN r.smtp_code ELSE v.code END,
    smtp_reply = CASE WHEN r.person_id IS NULL THEN ''
                      ELSE COALESCE(CASE WHEN v.status = 'pending' THEN ({why_not}) END,
                                    CASE WHEN v.code IS NULL AND v.reply = '' THEN r.smtp_reply ELSE v.reply END)
                 END,
    attempts = r.attempts - v.unattempted,
    sent_at = CASE WHEN v.status = 'sent' THEN v.at ELSE r.sent_at END,
    next_attempt_at = COALESCE(v.retry_at, r.next_attempt_at), lease_key = NULL, lease_until = NULL
FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(codes)s::int[], %(replies)s::text[],
            %(uncertain)s::boolean[], %(unattempted)s::int[], %(at)s::timestamptz[], %(retry_at)s::timestamptz[])
     AS v(id, status, code, reply, uncertain, unattempted, at, retry_at)
WHERE r.id = v.id
  -- A CASE, so that rows are looked up by their keys and not by their status: thousands may wait.
  AND CASE r.status WHEN 'sending' THEN r.lease_key = %(lease_key)s
                    WHEN 'pending' THEN v.status = 'sent'
                    WHEN 'skipped' THEN v.status = 'sent' AND r.is_uncertain
                    ELSE false END
"""


def settle(batch: Batch, settlements: Sequence[Settlement]) -> int:
    """Record how the rows of a batch ended, in one statement; return how many were recorded.

    A row that goes back to the queue is skipped instead when its person does not want the letter any more; the row of
    a person who was erased meanwhile keeps no answer.
    """
    if not settlements:
        return 0
    # Where nothing is remembered of an address, the one statement is its own transaction.
    says_more = any(s.suppress or s.is_soft for s in settlements)
    with transaction.atomic() if says_more else nullcontext():
        judged = [_hardened(s) for s in settlements]
        settled = _write(batch, judged)
        SuppressedAddress.objects.bulk_create(
            [
                SuppressedAddress(
                    hash=address_hash(s.recipient.email), reason=SuppressedAddress.Reason.HARD_BOUNCE
                )
                for s in judged
                if s.suppress
            ],
            ignore_conflicts=True,
        )
    return settled


def _hardened(settlement: Settlement) -> Settlement:
    """Note a soft bounce; the third in a row is a hard one."""
    if settlement.is_soft and soft_bounces.is_third_in_a_row(settlement.recipient):
        return replace(settlement, status=Recipient.Status.BOUNCED, suppress=True)
    return settlement


def _write(batch: Batch, settlements: Sequence[Settlement]) -> int:
    values: dict[str, Any] = {
        "ids": [s.recipient.pk for s in settlements],
        "statuses": [s.status for s in settlements],
        "codes": [s.code for s in settlements],
        "replies": [s.reply for s in settlements],
        "uncertain": [s.is_uncertain for s in settlements],
        "unattempted": [0 if s.counts_as_attempt else 1 for s in settlements],
        "at": [s.at for s in settlements],
        "retry_at": [s.retry_at for s in settlements],
        "lease_key": batch.lease_key,
    }
    with connection.cursor() as cursor:
        cursor.execute(SETTLE.format(why_not=wanted.why_not()), values | wanted.reasons())
        return cursor.rowcount


RECOVER = """
UPDATE newsletters_recipient AS r
SET status = CASE WHEN ({why_not}) IS NULL THEN 'pending' ELSE 'skipped' END,
    smtp_reply = COALESCE(({why_not}), r.smtp_reply),
    is_uncertain = true, next_attempt_at = %(now)s, lease_key = NULL, lease_until = NULL
WHERE r.status = 'sending' AND r.lease_until < %(now)s AND NOT r.is_uncertain
"""


def recover_expired() -> int:
    """Put rows whose worker vanished back in the queue, as uncertain; return how many were taken from workers.

    A row that was uncertain already is not sent a third time: it fails, and the report says why. A row whose person
    does not want the letter any more is skipped.
    """
    now = timezone.now()
    twice = Recipient.objects.filter(status=Recipient.Status.SENDING, lease_until__lt=now, is_uncertain=True)
    given_up = twice.update(
        status=Recipient.Status.FAILED, smtp_reply=TWICE_UNCERTAIN, lease_key=None, lease_until=None
    )
    with connection.cursor() as cursor:
        cursor.execute(RECOVER.format(why_not=wanted.why_not()), {"now": now} | wanted.reasons())
        return given_up + cursor.rowcount


def retry_time(attempts: int) -> datetime | None:
    """Return when to try again after so many attempts, or None when it is enough."""
    if attempts > len(BACK_OFF):
        return None
    return timezone.now() + timedelta(minutes=BACK_OFF[attempts - 1])


def next_due(delivery_id: int) -> datetime | None:
    """Return from when a worker may claim a running delivery's next row; None when no row waits."""
    waiting = Recipient.objects.filter(
        delivery_id=delivery_id, delivery__status=Delivery.Status.SENDING, status=Recipient.Status.PENDING
    )
    # The first of the index; an aggregate over the join would read every waiting row.
    return waiting.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()


def has_work(delivery_id: int, *, within: float = 0) -> bool:
    """Whether a running delivery has rows a worker could claim now, or so many seconds from now."""
    due = next_due(delivery_id)
    return due is not None and due <= timezone.now() + timedelta(seconds=within)


def note_progress(delivery_id: int) -> None:
    """Note that answers came. Done apart from the rows: nobody waits for two locks."""
    running = Delivery.objects.running().filter(pk=delivery_id)
    running.update(last_progress_at=timezone.now(), status_reason="")


def finish_if_done(delivery_id: int) -> bool:
    """Mark a delivery finished when no row is waiting or being sent; return whether this call did it."""
    left = Recipient.objects.filter(
        delivery_id=delivery_id, status__in=[Recipient.Status.PENDING, Recipient.Status.SENDING]
    )
    if left.exists():
        return False
    running = Delivery.objects.running().filter(pk=delivery_id)
    done = {"status": Delivery.Status.FINISHED, "finished_at": timezone.now(), "status_reason": ""}
    with transaction.atomic():
        # Whoever puts rows back holds the delivery's row. Only a statement that begins once it is ours sees those.
        if not running.select_for_update().values_list("pk").first():
            return False
        return bool(running.filter(~Exists(left)).update(**done))
