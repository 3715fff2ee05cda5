"""Outcomes that come after the lease ran out: what has left is not sent again, and nobody else is overruled."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.services import erase_person
from newsletters import queue, sending
from newsletters.models import Delivery, Recipient
from newsletters.services import control
from newsletters.subscriptions import unsubscribe
from newsletters.wishes import Wish, set_wish
from tests.newsletters.factories import let_leases_run_out, make_running
from tests.newsletters.odd_server import CONTENT, odd_server, trickle

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(site) -> Delivery:
    return make_running(1)


def claim(delivery) -> queue.Batch:
    batch = queue.claim(delivery.pk, 1)
    assert len(batch.recipients) == 1
    return batch


def claim_and_lose(delivery) -> queue.Batch:
    """Claim the row and hold it too long, so that it is offered again."""
    batch = claim(delivery)
    let_leases_run_out()
    assert queue.recover_expired() == 1
    return batch


def settle(batch, status, **said) -> int:
    return queue.settle(batch, [queue.Settlement(batch.recipients[0], status, **said)])


def test_a_letter_that_has_left_is_not_sent_again_when_nobody_has_taken_the_row(delivery, sink):
    late = claim_and_lose(delivery)
    left_at = timezone.now() - timedelta(minutes=1)
    assert settle(late, "sent", code=250, reply="2.0.0 OK", at=left_at) == 1
    row = delivery.recipients.get()
    assert (row.status, row.smtp_code, row.smtp_reply, row.sent_at) == ("sent", 250, "2.0.0 OK", left_at)
    sending.send_delivery(delivery.pk)
    assert not sink.received
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.FINISHED


@pytest.mark.parametrize("status", ["failed", "bounced", "pending"])
def test_any_other_late_outcome_leaves_the_row_waiting(delivery, status):
    late = claim_and_lose(delivery)
    assert settle(late, status, code=451, retry_at=timezone.now() + timedelta(hours=1)) == 0
    row = delivery.recipients.get()
    assert (row.status, row.is_uncertain, row.smtp_code) == ("pending", True, None)
    assert row.next_attempt_at <= timezone.now()


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_a_row_that_another_worker_holds_is_left_to_it(delivery, status):
    late = claim_and_lose(delivery)
    other = claim(delivery)
    assert settle(late, status, code=250) == 0
    row = delivery.recipients.get()
    assert (row.status, row.lease_key, row.smtp_code) == ("sending", other.lease_key, None)
    assert settle(other, "sent", code=250) == 1


@pytest.mark.parametrize("status", ["failed", "bounced", "sent"])
def test_what_another_worker_has_recorded_stands(delivery, status):
    late = claim_and_lose(delivery)
    assert settle(claim(delivery), status, code=552, reply="5.2.2 Full") == 1
    before = delivery.recipients.values().get()
    assert settle(late, "sent", code=250, reply="2.0.0 OK") == 0
    assert delivery.recipients.values().get() == before


def test_a_letter_that_has_left_is_not_sent_again_after_another_workers_refusal_for_now(delivery):
    late = claim_and_lose(delivery)
    assert settle(claim(delivery), "pending", code=451, reply="4.7.1 Greylisted") == 1
    assert settle(late, "sent", code=250, reply="2.0.0 OK") == 1
    row = delivery.recipients.get()
    assert (row.status, row.smtp_code) == ("sent", 250)


def leaves(delivery):
    recipient = delivery.recipients.get()
    unsubscribe(recipient.person, delivery.series)


def pauses(delivery):
    set_wish(delivery.recipients.get().person, Wish.PAUSE)


def is_erased(delivery):
    erase_person(delivery.recipients.get().person)


def is_cancelled(delivery):
    control.cancel(delivery, user=None)


@pytest.mark.parametrize("act", [leaves, pauses, is_erased])
def test_a_letter_that_has_left_counts_though_its_person_left_before_the_lease_ran_out(delivery, act):
    late = claim(delivery)
    act(delivery)
    let_leases_run_out()
    assert queue.recover_expired() == 1
    assert delivery.recipients.get().status == "skipped"
    left_at = timezone.now() - timedelta(minutes=1)
    assert settle(late, "sent", code=250, reply="2.0.0 OK", at=left_at) == 1
    row = delivery.recipients.get()
    answer = "" if act is is_erased else "2.0.0 OK"
    assert (row.status, row.smtp_code, row.smtp_reply, row.sent_at) == ("sent", 250, answer, left_at)


@pytest.mark.parametrize("act", [leaves, pauses, is_erased, is_cancelled])
def test_a_letter_that_has_left_counts_though_the_row_was_skipped_while_it_waited_again(delivery, act):
    late = claim_and_lose(delivery)
    act(delivery)
    assert delivery.recipients.get().status == "skipped"
    assert settle(late, "sent", code=250, reply="2.0.0 OK") == 1
    assert delivery.recipients.get().status == "sent"


@pytest.mark.parametrize("status", ["failed", "bounced", "pending"])
def test_any_other_late_outcome_leaves_a_skipped_row_as_it_was(delivery, status):
    late = claim_and_lose(delivery)
    leaves(delivery)
    before = delivery.recipients.values().get()
    assert settle(late, status, code=451, reply="4.7.1 Greylisted") == 0
    assert delivery.recipients.values().get() == before


def test_a_row_that_was_skipped_without_having_been_tried_is_never_called_sent(delivery):
    batch = claim(delivery)
    assert settle(batch, "skipped", counts_as_attempt=False) == 1
    assert settle(batch, "sent", code=250) == 0
    assert delivery.recipients.get().status == "skipped"


def test_outcomes_are_recorded_by_the_rows_keys_however_many_wait(delivery):
    rows = [
        Recipient(delivery=delivery, email=f"ny{n}@helse.example", message_id=f"<{n}@x>", status="sent")
        for n in range(4000)
    ]
    Recipient.objects.bulk_create(rows)
    analyse()  # what the database knows when a big delivery begins: hardly any row waits
    Recipient.objects.update(status="pending")
    batch = queue.claim(delivery.pk, 5)
    with CaptureQueriesContext(connection) as asked:
        queue.settle(batch, [queue.Settlement(row, "sent", code=250) for row in batch.recipients])
    (statement,) = [one["sql"] for one in asked if "UPDATE newsletters_recipient" in one["sql"]]
    at_first = plan_of(statement)
    analyse()
    for plan in (at_first, plan_of(statement)):
        assert "newsletters_recipient_pkey" in plan
        assert "recipient_to_claim" not in plan
        assert "recipient_lease" not in plan
        assert "Seq Scan on newsletters_recipient" not in plan


def analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE newsletters_recipient")


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_a_lease_that_ran_out_unnoticed_still_counts(delivery):
    batch = claim(delivery)
    let_leases_run_out()
    assert settle(batch, "failed", code=552) == 1
    assert queue.recover_expired() == 0


def test_no_message_is_in_the_air_when_the_lease_of_a_slow_batch_runs_out(site, settings):
    settings.LETTER_MESSAGE_SECONDS, settings.LETTER_LEASE_SECONDS = 1, 3
    delivery = make_running(6)
    with odd_server(**{CONTENT: trickle}) as server, sending.Transport() as transport:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        sending.Run(delivery, transport).send_batch()
        assert 1 <= server.connections <= 2
    rows = delivery.recipients
    # Recorded by the worker itself, before others took the rows for a vanished worker's.
    assert not rows.exclude(status="pending").exists()
    tried = rows.filter(attempts=1, is_uncertain=True)
    assert tried.count() == server.connections
    assert rows.filter(attempts=0, is_uncertain=False).count() == 6 - server.connections
