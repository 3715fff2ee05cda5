"""Refusals of the letter itself pause its delivery, over all runs and also where they come as reports later."""

import pytest

from newsletters import refusals, sending
from newsletters.models import Delivery, Recipient, SuppressedAddress
from newsletters.services import control
from newsletters.standstill import standstill_of
from tests.newsletters.factories import make_running, make_sender, statuses
from tests.newsletters.returned import DOMAIN, comes_back, sent_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bounce_domain(settings):
    settings.BOUNCE_DOMAIN = DOMAIN


def under_way(letters: int) -> list[Recipient]:
    """Return the receivers of a delivery that has handed over so many letters and is not done."""
    rows = sent_letters(letters + 1)
    Recipient.objects.filter(pk=rows[-1].pk).update(status="pending", sent_at=None)
    Delivery.objects.update(status=Delivery.Status.SENDING, finished_at=None)
    return rows[:-1]


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.status


def test_refusals_are_counted_over_the_runs_of_several_workers(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 1
    delivery = make_running(10)
    sink.refuse_content = "554 5.7.1 Looks like spam"
    with sending.Transport() as transport:
        goes_on = [sending.Run(delivery, transport).send_batch() for _ in range(refusals.POLICY_LIMIT)]
    assert goes_on == [True] * (refusals.POLICY_LIMIT - 1) + [False]
    assert state_of(delivery) == Delivery.Status.PAUSED
    assert "Looks like spam" in delivery.status_reason
    assert statuses(delivery).count("pending") == 10 - refusals.POLICY_LIMIT


def test_letters_that_come_back_refused_pause_the_delivery_and_raise_the_alarm(site):
    rows = under_way(10)
    delivery = rows[0].delivery
    for row in rows[: refusals.POLICY_LIMIT - 1]:
        comes_back("policy-5.7.1", row)
    assert state_of(delivery) == Delivery.Status.SENDING
    comes_back("policy-5.7.1", rows[refusals.POLICY_LIMIT - 1])
    assert state_of(delivery) == Delivery.Status.PAUSED
    assert "5.7.1" in delivery.status_reason
    assert standstill_of(delivery).cause == "stopped"
    assert not SuppressedAddress.objects.exists()


def test_a_few_refusals_among_many_letters_stop_nobody(site):
    rows = under_way(refusals.POLICY_LIMIT * refusals.POLICY_SHARE + 4)
    for row in rows[: refusals.POLICY_LIMIT]:
        comes_back("policy-5.7.1", row)
    assert state_of(rows[0].delivery) == Delivery.Status.SENDING
    comes_back("policy-5.7.1", rows[refusals.POLICY_LIMIT])
    assert state_of(rows[0].delivery) == Delivery.Status.PAUSED


@pytest.mark.parametrize("name", ["postfix-5.1.1", "gmail-5.2.2-full"])
def test_addresses_that_are_dead_or_full_pause_nothing(site, name):
    rows = under_way(refusals.POLICY_LIMIT + 1)
    for row in rows:
        comes_back(name, row)
    assert state_of(rows[0].delivery) == Delivery.Status.SENDING


def test_whoever_resumes_a_paused_delivery_begins_counting_anew(site):
    rows = under_way(2 * refusals.POLICY_LIMIT)
    delivery = rows[0].delivery
    for row in rows[: refusals.POLICY_LIMIT]:
        comes_back("policy-5.7.1", row)
    assert control.resume(delivery, user=make_sender())
    for row in rows[refusals.POLICY_LIMIT : -1]:
        comes_back("policy-5.7.1", row)
        assert state_of(delivery) == Delivery.Status.SENDING
    comes_back("policy-5.7.1", rows[-1])
    assert state_of(delivery) == Delivery.Status.PAUSED


def test_reports_of_a_delivery_that_is_done_change_nothing_about_it(site):
    rows = sent_letters(refusals.POLICY_LIMIT + 1)
    for row in rows:
        comes_back("policy-5.7.1", row)
    assert state_of(rows[0].delivery) == Delivery.Status.FINISHED
    assert rows[0].delivery.status_reason == ""
