"""Outcomes that come after the lease ran out: what has left is not sent again, and nobody else is overruled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters import queue, sending
from newsletters.models import Delivery
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
