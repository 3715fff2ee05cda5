"""Addresses that cannot take letters for now, as the mail server says it at once: three in a row are one too many."""

from datetime import timedelta

import pytest
from django.utils import timezone

from directory.services import erase_person
from newsletters import queue, sending
from newsletters.models import Delivery, Recipient, SoftBounce, SuppressedAddress
from newsletters.services.again import send_again
from tests.newsletters.factories import SeriesFactory, SubscriptionFactory, make_letter, make_running
from tests.newsletters.returned import DOMAIN, comes_back

pytestmark = pytest.mark.django_db
FULL_NOW = "452 4.2.2 Mailbox full"
FULL_FOR_GOOD = "550 5.2.2 Mailbox full"


@pytest.fixture
def series(site):
    subscription = SubscriptionFactory(series=SeriesFactory())
    return subscription.series


def send_letter(series, sink, answer: str = "", *, days_ago: int) -> Recipient:
    """Send a letter whose last attempt gets this answer to RCPT; return its receiver's row."""
    delivery = make_running(0, letter=make_letter(series, slug=f"brev-{days_ago}"))
    delivery.recipients.update(attempts=len(queue.BACK_OFF))
    sink.refuse_receivers = {"kari": answer} if answer else {}
    sending.send_delivery(delivery.pk)
    at = timezone.now() - timedelta(days=days_ago)
    delivery.recipients.update(next_attempt_at=at)
    delivery.recipients.filter(sent_at__isnull=False).update(sent_at=at)
    SoftBounce.objects.filter(delivery=delivery).update(at=at)
    return delivery.recipients.get()


@pytest.mark.parametrize("answer", [FULL_NOW, FULL_FOR_GOOD])
def test_three_letters_in_a_row_that_were_given_up_end_the_address(series, sink, answer):
    rows = [send_letter(series, sink, answer, days_ago=days) for days in (30, 20)]
    assert [row.status for row in rows] == ["failed", "failed"]
    assert not SuppressedAddress.objects.exists()
    third = send_letter(series, sink, answer, days_ago=10)
    assert (third.status, third.smtp_reply) == ("bounced", answer[4:])
    assert SuppressedAddress.objects.get().reason == "hard_bounce"


def test_a_letter_that_got_through_breaks_the_row(series, sink):
    for days, answer in ((40, FULL_NOW), (30, FULL_NOW), (20, ""), (10, FULL_NOW)):
        last = send_letter(series, sink, answer, days_ago=days)
    assert last.status == "failed"
    assert not SuppressedAddress.objects.exists()


def test_answers_and_reports_count_together(series, sink, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    send_letter(series, sink, FULL_NOW, days_ago=30)
    reported = send_letter(series, sink, days_ago=20)
    comes_back("gmail-5.2.2-full", reported)
    assert reported.status == "failed"
    assert send_letter(series, sink, FULL_FOR_GOOD, days_ago=10).status == "bounced"


def test_a_letter_that_got_through_when_it_was_sent_again_breaks_the_row(series, sink):
    send_letter(series, sink, FULL_NOW, days_ago=30)
    second = send_letter(series, sink, FULL_NOW, days_ago=20)
    sink.refuse_receivers = {}
    assert send_again(second.delivery, user=None) == 1
    sending.send_delivery(second.delivery_id)
    second.refresh_from_db()
    assert second.status == "sent"
    Recipient.objects.filter(pk=second.pk).update(sent_at=timezone.now() - timedelta(days=19))
    assert send_letter(series, sink, FULL_NOW, days_ago=10).status == "failed"
    assert not SuppressedAddress.objects.exists()


@pytest.mark.parametrize("answer", ["451 4.7.1 Greylisted", "451 4.3.0 Temporary lookup failure"])
def test_what_is_not_the_addresss_fault_is_not_held_against_it(series, sink, answer):
    rows = [send_letter(series, sink, answer, days_ago=days) for days in (40, 30, 20, 10)]
    assert {row.status for row in rows} == {"failed"}
    assert not SoftBounce.objects.exists()


def test_of_somebody_who_is_erased_while_a_worker_holds_the_letter_nothing_is_noted(series, sink):
    delivery = make_running(0, letter=make_letter(series))
    batch = queue.claim(delivery.pk, 1)
    erase_person(batch.recipients[0].person)
    given_up = queue.Settlement(batch.recipients[0], "failed", 452, FULL_NOW, is_soft=True)
    assert queue.settle(batch, [given_up]) == 1
    assert not SoftBounce.objects.exists()
    assert Delivery.objects.get().recipients.get().status == "failed"
