"""A delivery's page: what it asks before it stops, what it says of those who wait, and why something is not offered."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters import sending
from newsletters.models import Delivery, Recipient, SuppressedAddress, address_hash
from newsletters.services import control
from tests.newsletters.factories import (
    RegionFactory,
    make_delivery,
    make_letter,
    make_running,
    make_sender,
    statuses,
)

pytestmark = pytest.mark.django_db
Status = Recipient.Status


@pytest.fixture(autouse=True)
def adviser(site, client, settings):
    settings.MFA_REQUIRED = False
    user = make_sender()
    client.force_login(user)
    return user


@pytest.fixture
def letter(site):
    return make_letter(subject="Emnet i brevet")


def url(delivery: Delivery, name: str = "delivery") -> str:
    return reverse(f"newsletters_admin:{name}", args=[delivery.pk])


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def set_outcomes(delivery: Delivery, *outcomes: str) -> None:
    """Give a delivery's receivers these outcomes, in their order."""
    for row, outcome in zip(delivery.recipients.order_by("pk"), outcomes, strict=True):
        row.status = outcome
        row.save(update_fields=["status"])


def make_scheduled(letter) -> Delivery:
    when = timezone.now() + timedelta(days=2)
    return make_delivery(
        letter, subscribers=2, frozen=False, status=Delivery.Status.SCHEDULED, scheduled_for=when
    )


def test_cancelling_asks_first_with_who_has_got_the_letter_and_says_afterwards_what_was_done(letter, client):
    delivery = make_running(5, letter=letter)
    set_outcomes(delivery, Status.SENT, Status.SENT, Status.SENDING, Status.PENDING, Status.PENDING)
    assert url(delivery, "cancel") in text_of(client.get(url(delivery)))
    question = text_of(client.get(url(delivery, "cancel")))
    assert "2 mottakere har ikke fått brevet, 2 har fått det. 1 får det i dette øyeblikk." in question
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SENDING
    done = text_of(client.post(url(delivery, "cancel"), follow=True))
    assert "Utsendingen er avbrutt. Fikk brevet: 2. Fikk det ikke: 2. På vei i dette øyeblikk: 1." in done
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.CANCELLED
    assert statuses(delivery) == ["sending", "sent", "sent", "skipped", "skipped"]


def test_what_has_ended_meanwhile_is_not_cancelled_and_the_page_says_so(letter, client):
    delivery = make_running(1, letter=letter)
    Delivery.objects.update(status=Delivery.Status.FINISHED)
    for answer in (
        client.get(url(delivery, "cancel"), follow=True),
        client.post(url(delivery, "cancel"), follow=True),
    ):
        assert "Ingenting ble gjort" in text_of(answer)
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.FINISHED


def test_a_scheduled_letter_that_is_cancelled_keeps_its_subject_audience_and_time_on_the_page(letter, client):
    delivery = make_scheduled(letter)
    clock = timezone.localtime(delivery.scheduled_for).strftime("%H.%M")
    told = ("Emnet i brevet", "Abonnenter", clock)
    question = text_of(client.get(url(delivery, "cancel")))
    assert "Ingen har fått brevet." in question
    done = text_of(client.post(url(delivery, "cancel"), follow=True))
    assert "Utsendingen er avbrutt. Ingen fikk brevet." in done
    for page in (question, done):
        assert [one for one in told if one not in page] == []
    assert "i dag" not in done.split('id="order"')[1].split("</section>")[0]


def test_a_letter_cancelled_under_way_says_what_it_was_and_to_whom(letter, client, adviser):
    delivery = make_running(1, letter=letter)
    control.cancel(delivery, user=adviser)
    shown = text_of(client.get(url(delivery))).split('id="order"')[1].split("</section>")[0]
    assert "Emnet i brevet" in shown
    assert "Abonnenter" in shown


@pytest.mark.parametrize("status", [Delivery.Status.PAUSED, Delivery.Status.CANCELLED])
def test_the_progress_is_followed_until_what_workers_hold_has_left(letter, client, status):
    delivery = make_running(2, letter=letter)
    set_outcomes(delivery, Status.SENDING, Status.SKIPPED)
    Delivery.objects.update(status=status)
    assert "hx-get" in text_of(client.get(url(delivery, "delivery_progress")))
    set_outcomes(delivery, Status.SENT, Status.SKIPPED)
    assert "hx-get" not in text_of(client.get(url(delivery, "delivery_progress")))


def test_the_page_says_how_many_wait_for_another_attempt_and_when_the_next_is(letter, client, sink):
    delivery = make_running(3, letter=letter)
    first, second, _ = delivery.recipients.order_by("pk")
    sink.refuse_receivers = {row.email: "452 4.2.2 Postkassen er full" for row in (first, second)}
    sending.send_delivery(delivery.pk)
    soon = timezone.now() + timedelta(hours=3)
    delivery.recipients.filter(pk=first.pk).update(next_attempt_at=soon)
    delivery.recipients.filter(pk=second.pk).update(next_attempt_at=soon + timedelta(hours=1))
    clock = timezone.localtime(soon).strftime("%H.%M")
    page = text_of(client.get(url(delivery)))
    assert "2 venter på nytt forsøk, neste " in page
    assert f"{clock}.</p>" in page.split("venter på nytt forsøk")[1]


def test_nobody_is_said_to_wait_for_another_attempt_before_the_first_or_in_a_pause(letter, client, adviser):
    delivery = make_running(1, letter=letter)
    assert "nytt forsøk" not in text_of(client.get(url(delivery)))
    delivery.recipients.update(attempts=1)
    control.pause(delivery, user=adviser)
    assert "nytt forsøk" not in text_of(client.get(url(delivery)))


def test_the_question_before_sending_shows_the_subject_and_the_filters_in_words(letter, client):
    region = RegionFactory(name="Helse Nord")
    query = f"?subscribers=on&regions={region.pk}"
    page = text_of(client.get(reverse("newsletters_admin:confirm", args=[letter.pk]) + query))
    assert "Emnet i brevet" in page
    assert "Abonnenter · Helse Nord" in page


def make_failed(letter, **fields) -> Delivery:
    delivery = make_running(2, letter=letter)
    delivery.recipients.update(status=Status.FAILED, **fields)
    Delivery.objects.update(status=Delivery.Status.FINISHED)
    return delivery


def test_letters_that_failed_are_offered_again_without_a_reason_against_it(letter, client):
    delivery = make_failed(letter)
    page = text_of(client.get(url(delivery)))
    assert url(delivery, "again") in page
    assert "Det er ingen å sende på nytt til" not in page


def test_closed_statistics_are_the_reason_why_the_failed_are_not_offered_it_again(letter, client):
    delivery = make_failed(letter)
    Delivery.objects.update(statistics_closed_at=timezone.now())
    page = text_of(client.get(url(delivery)))
    assert url(delivery, "again") not in page
    assert "Brevet kan ikke sendes på nytt til dem det feilet for: Statistikken" in page


def test_failures_that_cannot_be_sent_again_are_counted_by_their_reason(letter, client):
    delivery = make_failed(letter, is_uncertain=True)
    row = delivery.recipients.first()
    SuppressedAddress.objects.create(hash=address_hash(row.email), reason="manual")
    page = text_of(client.get(url(delivery)))
    assert url(delivery, "again") not in page
    assert "Det er ingen å sende på nytt til:" in page
    assert "2 som kan ha fått brevet" in page
    assert "1 med sperret adresse" in page


def test_a_delivery_is_ordered_by_somebody_and_started_only_when_it_has_begun(letter, client, adviser):
    delivery = make_scheduled(letter)
    Delivery.objects.update(created_by=adviser)
    note = text_of(client.get(url(delivery))).split("tp-admin-note w-mt-4")[1].split("</p>")[0]
    assert "Bestilt av: Ragnhild Rådgiver" in note
    assert "Startet" not in note
    Delivery.objects.update(started_at=timezone.now())
    note = text_of(client.get(url(delivery))).split("tp-admin-note w-mt-4")[1].split("</p>")[0]
    assert "Startet: " in note


@pytest.mark.parametrize("reply", ["550 5.1.1 User unknown", "550-5.1.1 User unknown", "5.1.1 User unknown"])
def test_an_answers_code_is_shown_once_in_the_report_and_its_table(letter, client, reply):
    delivery = make_running(1, letter=letter)
    delivery.recipients.update(status=Status.BOUNCED, smtp_code=550, smtp_reply=reply)
    assert "<td>550 5.1.1 User unknown</td>" in text_of(client.get(url(delivery)))
    table = client.get(url(delivery, "export")).getvalue().decode()
    assert ";550;5.1.1 User unknown;" in table
