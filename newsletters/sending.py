"""The worker's loop: claim a batch, fill and send each letter, record how each ended."""

import logging
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from newsletters import queue, refusals, wanted
from newsletters.models import Delivery, Recipient
from newsletters.prepared import PreparedLetter, return_path, wire_address
from newsletters.queue import Batch, Settlement
from newsletters.rates import Pace
from newsletters.refusals import POLICY_LIMIT
from newsletters.slots import slot_values
from newsletters.smtp import Outcome, Reply, Transport, is_soft, without_addresses

logger = logging.getLogger(__name__)

# How long a worker stays with one delivery before it lets other work in, not least the scheduler's beat (seconds).
RUN_SECONDS = 60
# An answer that never came: how long until the row is offered again (seconds).
UNCERTAIN_WAIT = 30
# A worker stays for rows that are due so soon; those whose domain is full come back within a second (seconds).
SOON = 2
# How often a worker notes that the delivery moves (seconds).
NOTE_SECONDS = 10
# With a limit in all, a worker takes no more than this many seconds' worth, so that a pause is heeded soon.
BATCH_SECONDS = 5
# How long outcomes are held while the database is away (seconds).
RECORD_PATIENCE = 120
LOCK_SPACE = 0x4C455454  # a number nobody else uses for advisory locks


def send_delivery(delivery_id: int, *, run_seconds: float = RUN_SECONDS) -> int:
    """Send a running delivery's waiting letters; return how many were handed over.

    Any number of workers may do this at once. Stops when nothing is waiting, when the delivery is paused or
    cancelled, when the mail server is away, or after `run_seconds`.
    """
    delivery = Delivery.objects.running().select_related("series").filter(pk=delivery_id).first()
    if delivery is None:
        return 0
    deadline = time.monotonic() + run_seconds
    with Transport() as transport:
        run = Run(delivery, transport)
        while time.monotonic() < deadline and (run.send_batch() or run.wait_for_turn()):
            pass
    queue.finish_if_done(delivery_id)
    return run.sent


class Run:
    """One worker's stay with one delivery: the prepared letter, the connection, what has happened so far."""

    def __init__(self, delivery: Delivery, transport: Transport, pace: Pace | None = None) -> None:
        self.delivery = delivery
        self.transport = transport
        self.pace = pace or Pace()
        self.letter = PreparedLetter(delivery)
        self.sent = 0
        self.refused_in_a_row = 0
        self.unreachable: Reply | None = None
        self.noted_at = float("-inf")

    def send_batch(self) -> bool:
        """Claim, send and record one batch; return whether it is worth trying another."""
        in_all = self.pace.limits.in_all
        size = min(settings.LETTER_BATCH_SIZE, in_all * BATCH_SECONDS or settings.LETTER_BATCH_SIZE)
        batch = queue.claim(self.delivery.pk, size)
        if not batch.recipients:
            return False
        settlements = self._send_all(batch)
        record(batch, settlements)
        self._note_progress(settlements)
        self.sent += sum(1 for s in settlements if s.status == Recipient.Status.SENT)
        if self._is_stopped([s for s in settlements if s.is_refusal]):
            return False
        if self.unreachable:
            say_unreachable(self.delivery, self.unreachable)
        return not self.unreachable

    def _is_stopped(self, refused: list[Settlement]) -> bool:
        """Count a batch's refusals of the letter; return whether there were too many."""
        if not refused:
            return False
        if self.refused_in_a_row >= POLICY_LIMIT:
            refusals.pause(self.delivery.pk, refused[-1].reply)
            return True
        return refusals.note(self.delivery.pk, len(refused), refused[-1].reply)

    def _note_progress(self, settlements: list[Settlement]) -> None:
        """Note that answers came, but not after every batch: a commit of its own would cost some of the speed."""
        is_due = time.monotonic() - self.noted_at > NOTE_SECONDS
        if is_due and any(s.counts_as_attempt for s in settlements):
            queue.note_progress(self.delivery.pk)
            self.noted_at = time.monotonic()

    def wait_for_turn(self) -> bool:
        """Wait for the next row if it is due soon, as when its domain was full; return whether to go on."""
        due = None if self.unreachable else queue.next_due(self.delivery.pk)
        seconds = (due - timezone.now()).total_seconds() if due else SOON + 1
        if seconds > SOON:
            return False
        self.pace.sleep(max(seconds, 0.05))
        return True

    def _send_all(self, batch: Batch) -> list[Settlement]:
        look = wanted.look_at(batch.recipients)
        date = format_datetime(timezone.localtime())
        # No message may be in the air when the lease runs out: one message's time, and as much again for recording.
        stop_at = batch.lease_until - timedelta(seconds=2 * settings.LETTER_MESSAGE_SECONDS)
        settlements: list[Settlement] = []
        for recipient in batch.recipients:
            if recipient.pk in look.unwanted:
                settlements.append(skipped(recipient, look.unwanted[recipient.pk]))
                continue
            if self.unreachable or self.refused_in_a_row >= POLICY_LIMIT or timezone.now() > stop_at:
                settlements.append(released(recipient))
                continue
            later = self.pace.wait_for_room(recipient.email, stop_at.timestamp())
            if later is not None:
                settlements.append(released(recipient, datetime.fromtimestamp(later, UTC)))
                continue
            reply = self._send_one(recipient, recipient.pk in look.consenting, date)
            self._notice(reply)
            settlements.append(settlement_of(recipient, reply))
        return settlements

    def _send_one(self, recipient: Recipient, consenting: bool, date: str) -> Reply:
        try:
            address = wire_address(recipient.email)
            message = self.letter.message(recipient, slot_values(self.delivery, recipient, consenting), date)
        except ValueError as error:
            return Reply(Outcome.FAILED, None, str(error))
        return self.transport.send(return_path(self.delivery, recipient), address, message)

    def _notice(self, reply: Reply) -> None:
        """Keep in mind what concerns more than this receiver: no server, refusals in a row."""
        if reply.outcome is Outcome.UNREACHABLE:
            self.unreachable = reply
        elif reply.outcome is Outcome.POLICY:
            self.refused_in_a_row += 1
        elif reply.outcome in (Outcome.SENT, Outcome.HARD_BOUNCE, Outcome.FULL):
            self.refused_in_a_row = 0


def released(recipient: Recipient, later: datetime | None = None) -> Settlement:
    """A claimed row that was not tried goes back as it was, to be offered again at once or `later`."""
    return Settlement(recipient, Recipient.Status.PENDING, retry_at=later, counts_as_attempt=False)


def skipped(recipient: Recipient, reason: str) -> Settlement:
    """A claimed row whose person does not want the letter any more is not tried."""
    return Settlement(recipient, Recipient.Status.SKIPPED, reply=reason, counts_as_attempt=False)


def settlement_of(recipient: Recipient, reply: Reply) -> Settlement:
    """Say what a server's answer means for the receiver's row."""
    status = Recipient.Status
    if reply.outcome is Outcome.SENT:
        return Settlement(recipient, status.SENT, reply.code, reply.text)
    if reply.outcome in (Outcome.POLICY, Outcome.FULL, Outcome.FAILED):
        return _failed(recipient, reply)
    if reply.outcome is Outcome.HARD_BOUNCE:
        return Settlement(recipient, status.BOUNCED, reply.code, reply.text, suppress=True)
    if reply.outcome is Outcome.UNREACHABLE:
        return released(recipient)
    if reply.outcome is Outcome.UNCERTAIN:
        if recipient.is_uncertain:
            return Settlement(recipient, status.FAILED, reply.code, queue.TWICE_UNCERTAIN)
        again = timezone.now() + timedelta(seconds=UNCERTAIN_WAIT)
        return Settlement(
            recipient, status.PENDING, reply.code, reply.text, retry_at=again, is_uncertain=True
        )
    again = queue.retry_time(recipient.attempts)
    if again is None:
        return _failed(recipient, reply)
    return Settlement(recipient, status.PENDING, reply.code, reply.text, retry_at=again)


def _failed(recipient: Recipient, reply: Reply) -> Settlement:
    is_refusal = reply.outcome is Outcome.POLICY
    return Settlement(
        recipient,
        Recipient.Status.FAILED,
        reply.code,
        reply.text,
        is_soft=is_soft(reply),
        is_refusal=is_refusal,
    )


def record(batch: Batch, settlements: list[Settlement]) -> None:
    """Write the outcomes; while the database is away, hold them and try again: they are all that is known."""
    give_up = time.monotonic() + RECORD_PATIENCE
    wait = 0.2
    while True:
        try:
            settled = queue.settle(batch, settlements)
            break
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up:
                raise
            logger.warning("The database is away; %d outcomes are held.", len(settlements))
            time.sleep(wait)
            wait = min(wait * 2, 5)
            connection.close()
    if settled != len(settlements):
        logger.error(
            "%d of %d outcomes came after the lease had run out.", len(settlements) - settled, settled
        )


def say_unreachable(delivery: Delivery, reply: Reply) -> None:
    """Show on the delivery's page why nothing leaves; the next answer takes it away."""
    why = gettext(reply.text)
    if reply.code:
        answer = without_addresses(f"{reply.code} {reply.text}")
        why = _("The mail server takes no letters now: %(answer)s") % {"answer": answer}
    Delivery.objects.running().filter(pk=delivery.pk).update(status_reason=why[:300])
    logger.warning("Delivery %d waits: no connection to the mail server.", delivery.pk)


@contextmanager
def sender_slot(delivery_id: int, senders: int):
    """Hold one of `senders` places at a delivery for the time of a run; yields False when all are taken.

    Places are PostgreSQL's advisory locks: a worker that dies gives its place back at once. They only keep workers
    from crowding; that nobody is mailed twice rests on the leases.
    """
    taken = None
    with connection.cursor() as cursor:
        for place in range(senders):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE + place, delivery_id % 2**31])
            if cursor.fetchone()[0]:
                taken = place
                break
    try:
        yield taken is not None
    finally:
        if taken is not None:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE + taken, delivery_id % 2**31]
                    )
            except (OperationalError, InterfaceError):
                close_old_connections()
