"""A delivery's page: what it asks before it stops, what it says of those who wait, and why something is not offered."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletters.models import Delivery, Recipient
from newsletters.services import control
from tests.newsletters.factories import make_delivery, make_letter, make_running, make_sender, statuses

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
    clock = timezone.localtime(delivery.scheduled_for).strftime("%H:%M")
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
