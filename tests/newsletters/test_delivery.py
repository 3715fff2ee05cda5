"""Ordering a delivery: who may, when it starts, what is frozen, and that it happens once."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from newsletters import sending
from newsletters.audience import Audience
from newsletters.models import Delivery, LetterPage, Subscription
from newsletters.services import approval, control, deliver, trial
from newsletters.tasks import run_due_deliveries
from tests.newsletters.factories import (
    SeriesFactory,
    SubscriptionFactory,
    make_delivery,
    make_letter,
    make_running,
    make_sender,
    statuses,
)

pytestmark = pytest.mark.django_db


def test_an_adviser_sends_a_letter_and_everyone_gets_it_once(
    site, sink, woken, django_capture_on_commit_callbacks
):
    letter, user = make_letter(), make_sender()
    SubscriptionFactory.create_batch(3, series=letter.series)
    with django_capture_on_commit_callbacks(execute=True):
        delivery = deliver.order_delivery(letter, Audience.of_series(letter.series), user=user)
    assert delivery.status == Delivery.Status.SENDING
    assert woken == [delivery.pk]
    assert sending.send_delivery(delivery.pk) == 3
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.FINISHED
    assert statuses(delivery) == ["sent"] * 3
    assert set(sink.copies().values()) == {1}
    assert sorted(sink.receivers()) == sorted(delivery.recipients.values_list("email", flat=True))
    row = delivery.recipients.first()
    assert (row.smtp_code, row.smtp_reply) == (250, "2.0.0 OK queued")


def test_sending_makes_the_letter_public_and_publishing_sends_nothing(site, sink):
    letter = make_letter(live=True)
    SubscriptionFactory(series=letter.series)
    assert not Delivery.objects.exists()
    draft = make_letter(letter.series, slug="neste", number=4)
    assert not draft.live
    deliver.order_delivery(draft, Audience.of_series(letter.series), user=make_sender())
    assert LetterPage.objects.get(pk=draft.pk).live


def test_the_newest_draft_is_what_is_sent_and_shown(site, sink):
    letter = make_letter(live=True)
    SubscriptionFactory(series=letter.series)
    letter.title = "Ny overskrift"
    letter.save_revision()
    delivery = deliver.order_delivery(letter, Audience.of_series(letter.series), user=make_sender())
    assert delivery.subject == "Ny overskrift"
    assert "Ny overskrift" in delivery.html
    assert LetterPage.objects.get(pk=letter.pk).title == "Ny overskrift"


def test_what_is_changed_after_the_start_reaches_nobody(site, sink):
    delivery = make_running(1)
    letter = delivery.letter
    letter.title = "Endret"
    letter.save_revision().publish()
    sending.send_delivery(delivery.pk)
    assert "Endret" not in sink.received[0].part("html")


def test_the_same_form_posted_twice_is_one_delivery(site):
    letter, user, form_id = make_letter(), make_sender(), uuid.uuid4()
    SubscriptionFactory(series=letter.series)
    audience = Audience.of_series(letter.series)
    first = deliver.order_delivery(letter, audience, user=user, form_id=form_id)
    second = deliver.order_delivery(letter, audience, user=user, form_id=form_id)
    assert first.pk == second.pk


def test_a_letter_that_is_being_sent_cannot_be_sent_beside_it(site):
    delivery = make_running(1)
    with pytest.raises(ValidationError, match=r"being sent already|sendes allerede"):
        deliver.order_delivery(
            delivery.letter, Audience.of_series(delivery.series), user=make_sender(), form_id=uuid.uuid4()
        )
    assert Delivery.objects.count() == 1


def test_the_right_to_send_is_checked_where_it_happens(site):
    letter = make_letter()
    SubscriptionFactory(series=letter.series)
    editor = User.objects.create_user("redaktor@tjenesten.example")
    delivery = make_running(1, letter=make_letter(slug="annet"))
    with pytest.raises(PermissionDenied):
        deliver.order_delivery(letter, Audience.of_series(letter.series), user=editor)
    for act in (control.pause, control.resume, control.cancel):
        with pytest.raises(PermissionDenied):
            act(delivery, user=editor)
    with pytest.raises(PermissionDenied):
        trial.order_test(letter, ["a@b.example"], user=editor)
    assert Delivery.objects.count() == 1


def test_a_letter_to_nobody_is_refused_in_words(site):
    letter = make_letter()
    with pytest.raises(ValidationError):
        deliver.order_delivery(letter, Audience.of_series(letter.series), user=make_sender())
    assert not Delivery.objects.exists()


def test_a_series_may_ask_for_a_second_person(site):
    letter = make_letter(SeriesFactory(approval_required=True))
    SubscriptionFactory(series=letter.series)
    first, second = make_sender(), make_sender("annen@tjenesten.example")
    delivery = deliver.order_delivery(letter, Audience.of_series(letter.series), user=first)
    assert delivery.status == Delivery.Status.AWAITING
    assert not delivery.recipients.exists()
    run_due_deliveries()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.AWAITING
    with pytest.raises(PermissionDenied):
        approval.approve(delivery, user=first)
    assert approval.approve(delivery, user=second)
    assert delivery.status == Delivery.Status.SENDING
    assert not approval.approve(delivery, user=second)


def test_a_freeze_that_fails_leaves_nothing_behind(site, monkeypatch):
    letter = make_letter()
    SubscriptionFactory(series=letter.series)

    def fail(*args, **kwargs):
        raise RuntimeError("no picture")

    monkeypatch.setattr("newsletters.services.freeze.freeze_recipients", fail)
    with pytest.raises(RuntimeError):
        deliver.order_delivery(letter, Audience.of_series(letter.series), user=make_sender())
    assert not Delivery.objects.exists()
    assert not LetterPage.objects.get(pk=letter.pk).live


def test_a_scheduled_delivery_starts_when_its_time_has_come_even_if_workers_were_down(site, woken):
    letter = make_letter()
    SubscriptionFactory(series=letter.series)
    later = timezone.now() + timedelta(hours=1)
    delivery = deliver.order_delivery(letter, Audience.of_series(letter.series), user=make_sender(), at=later)
    run_due_deliveries()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SCHEDULED
    assert delivery.frozen_at is None
    assert not LetterPage.objects.get(pk=letter.pk).live
    # Someone who joins in between gets it too: the audience is frozen at the start.
    SubscriptionFactory(series=letter.series)
    Delivery.objects.update(scheduled_for=timezone.now() - timedelta(hours=5))
    run_due_deliveries()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SENDING
    assert delivery.recipients.count() == 2
    assert delivery.pk in woken


def test_a_time_that_has_passed_is_refused(site):
    letter = make_letter()
    SubscriptionFactory(series=letter.series)
    with pytest.raises(ValidationError):
        deliver.order_delivery(
            letter, Audience.of_series(letter.series), user=make_sender(), at=timezone.now() - timedelta(1)
        )


def test_a_broker_that_is_away_does_not_stop_the_start(site, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args):
        raise ConnectionError("no broker")

    monkeypatch.setattr("newsletters.tasks.send_delivery.delay", away)
    delivery = make_delivery(subscribers=1, frozen=False, status=Delivery.Status.SCHEDULED)
    with django_capture_on_commit_callbacks(execute=True):
        assert deliver.start(delivery.pk)


def test_whoever_has_left_a_series_is_not_brought_back_by_hand(site):
    subscription = SubscriptionFactory(status=Subscription.Status.UNSUBSCRIBED)
    subscription.status = Subscription.Status.ACTIVE
    with pytest.raises(ValidationError):
        subscription.full_clean()
