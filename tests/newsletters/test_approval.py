"""The approval step by real requests: who is asked, what they see, and that what they approve is what leaves."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from directory.models import Person
from newsletters import standstill
from newsletters.audience import Audience
from newsletters.models import Delivery, LetterPage
from newsletters.services import approval, deliver
from newsletters.tasks import tell_standstills
from tests.newsletters.factories import SeriesFactory, SubscriptionFactory, make_letter, make_sender

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.MFA_REQUIRED = False


@pytest.fixture
def letter(site) -> LetterPage:
    """A letter of a series that asks for approval, with one subscriber."""
    letter = make_letter(SeriesFactory(approval_required=True))
    letter.save_revision()
    SubscriptionFactory(series=letter.series)
    return letter


@pytest.fixture
def orderer(letter):
    return make_sender()


@pytest.fixture
def second(letter):
    return make_sender("annen@tjenesten.example")


def order(letter: LetterPage, user, **options) -> Delivery:
    return deliver.order_delivery(letter, Audience.of_series(letter.series), user=user, **options)


def page_of(delivery: Delivery) -> str:
    return reverse("newsletters_admin:delivery", args=[delivery.pk])


def press_approve(client, delivery: Delivery) -> str:
    address = reverse("newsletters_admin:act", args=[delivery.pk, "approve"])
    answer = client.post(address, follow=True).content.decode()
    delivery.refresh_from_db()
    return answer


def test_what_was_ordered_and_approved_is_sent_though_the_letter_was_edited_since(
    letter, orderer, second, client, woken
):
    later = timezone.now() + timedelta(hours=2)
    delivery = order(letter, orderer, at=later)
    letter.title = "Skrevet om før godkjenningen"
    letter.save_revision()
    client.force_login(second)
    assert "endret etter at det ble bestilt" in client.get(page_of(delivery)).content.decode()
    press_approve(client, delivery)
    assert (delivery.status, delivery.approved_by) == (Delivery.Status.SCHEDULED, second)
    letter.title = "Skrevet om etter godkjenningen"
    letter.save_revision()
    Delivery.objects.update(scheduled_for=timezone.now() - timedelta(minutes=1))
    assert deliver.start_due() == 1
    delivery.refresh_from_db()
    assert delivery.subject == "Nytt om behandlingsavbrudd"
    shown = LetterPage.objects.get(pk=letter.pk)
    assert (shown.live, shown.title) == (True, "Nytt om behandlingsavbrudd")
    assert shown.has_unpublished_changes
    assert shown.get_latest_revision_as_object().title == "Skrevet om etter godkjenningen"


def test_the_page_shows_who_gets_the_letter_how_many_and_the_letter_that_was_ordered(
    letter, orderer, second, client
):
    delivery = order(letter, orderer)
    letter.title = "Skrevet om siden"
    letter.save_revision()
    client.force_login(second)
    page = client.get(page_of(delivery)).content.decode()
    assert "Abonnenter" in page
    assert "1 person i dag" in page
    assert Person.objects.get().email in page
    assert "Nytt om behandlingsavbrudd" in page
    for mode in ("email", "phone", "no_pictures", "text"):
        address = reverse("newsletters_admin:ordered_preview", args=[delivery.pk, mode])
        assert address in page
        shown = client.get(address)
        assert "Nytt om behandlingsavbrudd" in shown.content.decode()
        assert "Skrevet om siden" not in shown.content.decode()
        assert "script-src" not in shown["Content-Security-Policy"]
    assert client.get(address.replace("/text/", "/noe/")).status_code == 404


def test_only_who_may_send_sees_the_ordered_letter(letter, orderer, client):
    delivery = order(letter, orderer)
    address = reverse("newsletters_admin:ordered_preview", args=[delivery.pk, "email"])
    assert client.get(address).status_code == 302
    stranger = make_sender("utenfor@tjenesten.example")
    stranger.user_permissions.filter(codename="send_letter").delete()
    client.force_login(stranger)
    assert "behandlingsavbrudd" not in client.get(address).content.decode()


def test_whoever_edited_the_letter_last_does_not_approve_it(letter, orderer, second, client):
    letter.save_revision(user=second)
    delivery = order(letter, orderer)
    client.force_login(second)
    assert "Du redigerte brevet sist" in client.get(page_of(delivery)).content.decode()
    assert "Du redigerte brevet sist" in press_approve(client, delivery)
    assert delivery.status == Delivery.Status.AWAITING
    third = make_sender("tredje@tjenesten.example")
    assert approval.approve(delivery, user=third)


def test_cancelling_and_ordering_anew_makes_nobody_forget_who_edited_last(letter, orderer, second):
    letter.save_revision(user=second)
    first = order(letter, orderer)
    Delivery.objects.filter(pk=first.pk).update(status=Delivery.Status.CANCELLED)
    again = order(LetterPage.objects.get(pk=letter.pk), orderer)
    assert "sist" in approval.why_not_approve(again, second)


def test_an_editor_that_still_stands_open_cannot_write_over_what_was_ordered(letter, orderer):
    letter.save_revision(user=orderer)
    delivery = order(letter, orderer)
    edited = LetterPage.objects.get(pk=letter.pk)
    with pytest.raises(PermissionDenied):
        edited.save_revision(user=orderer, overwrite_revision=delivery.revision)


def test_those_who_may_approve_are_mailed_once_when_they_are_asked(letter, orderer, second):
    editor = make_sender("skribent@tjenesten.example")
    letter.save_revision(user=editor)
    delivery = order(letter, orderer, at=timezone.now() + timedelta(days=1))
    tell_standstills()
    tell_standstills()
    assert [message.to for message in mail.outbox] == [[second.email]]
    message = mail.outbox[0]
    assert message.subject == "Venter på din godkjenning: Nytt om behandlingsavbrudd"
    assert str(orderer) in message.body
    assert page_of(delivery) in message.body
    assert "@helse.example" not in message.body


def test_they_are_asked_as_soon_as_it_is_ordered_and_a_broker_that_is_away_delays_it_only(
    letter, orderer, second, monkeypatch, django_capture_on_commit_callbacks
):
    def away(*args, **options):
        raise ConnectionError("no broker")

    asked = []
    monkeypatch.setattr("newsletters.tasks.tell_standstills.apply_async", lambda *a, **k: asked.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        delivery = order(letter, orderer)
    assert asked == [1]
    Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.CANCELLED)
    monkeypatch.setattr("newsletters.tasks.tell_standstills.apply_async", away)
    with django_capture_on_commit_callbacks(execute=True):
        order(letter, orderer)
    assert approval.ask_waiting() == 1


def test_a_delivery_nobody_approved_in_time_is_a_standstill(letter, orderer, second):
    delivery = order(letter, orderer, at=timezone.now() + timedelta(hours=1))
    approval.ask_waiting()
    assert standstill.standing_still() == []
    Delivery.objects.filter(pk=delivery.pk).update(scheduled_for=timezone.now() - timedelta(minutes=1))
    assert [one.cause for one in standstill.standing_still()] == ["awaits approval"]
    tell_standstills()
    assert "ingen har godkjent den" in mail.outbox[-1].body
    approval.approve(delivery, user=second)
    assert (delivery.status, standstill.standing_still()) == (Delivery.Status.SENDING, [])


def test_one_without_a_time_is_a_standstill_after_a_day(letter, orderer):
    delivery = order(letter, orderer)
    for hours, causes in ((23, []), (25, ["awaits approval"])):
        Delivery.objects.filter(pk=delivery.pk).update(created_at=timezone.now() - timedelta(hours=hours))
        assert [one.cause for one in standstill.standing_still()] == causes


def test_a_letter_that_must_be_mended_is_not_approved_and_it_is_told_why(letter, orderer, second, client):
    goal = make_letter(letter.series, live=True, slug="maal", number=4)
    letter.body = [("button", {"text": "Les mer", "page": goal, "url": ""})]
    letter.save_revision()
    delivery = order(letter, orderer, at=timezone.now() + timedelta(hours=1))
    goal.unpublish()
    client.force_login(second)
    assert "Brevet må rettes først" in press_approve(client, delivery)
    assert (delivery.status, delivery.approved_by) == (Delivery.Status.AWAITING, None)
    assert "Brevet må rettes først" in delivery.status_reason
    assert [one.cause for one in standstill.standing_still()] == ["stopped"]


def test_a_freeze_that_fails_at_the_approval_is_a_sentence_and_the_delivery_waits_as_before(
    letter, orderer, second, client, monkeypatch
):
    delivery = order(letter, orderer)

    def fail(*args, **kwargs):
        raise RuntimeError("no picture")

    monkeypatch.setattr("newsletters.services.freeze.freeze_recipients", fail)
    client.force_login(second)
    assert "kunne ikke startes, og venter fortsatt på godkjenning" in press_approve(client, delivery)
    assert (delivery.status, delivery.approved_by) == (Delivery.Status.AWAITING, None)
    assert not LetterPage.objects.get(pk=letter.pk).live
    monkeypatch.undo()
    assert approval.approve(delivery, user=second)


def test_a_letter_that_cannot_be_sent_is_not_put_up_for_approval(letter, orderer):
    letter.body = []
    letter.save_revision()
    with pytest.raises(ValidationError, match="må rettes først"):
        order(letter, orderer)
    assert not Delivery.objects.exists()
