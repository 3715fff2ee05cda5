"""Scheduled deliveries: what was ordered is what leaves, and what cannot leave is held and told."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from newsletters import standstill
from newsletters.audience import Audience
from newsletters.models import Delivery, LetterPage, Subscription
from newsletters.services import control, deliver
from newsletters.tasks import tell_standstills
from tests.newsletters.factories import SubscriptionFactory, make_letter, make_sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(site) -> LetterPage:
    letter = make_letter()
    letter.save_revision()
    SubscriptionFactory(series=letter.series)
    return letter


@pytest.fixture
def adviser(letter, settings):
    settings.MFA_REQUIRED = False
    return make_sender()


@pytest.fixture
def delivery(letter, adviser) -> Delivery:
    """A letter scheduled for tomorrow."""
    at = timezone.now() + timedelta(days=1)
    return deliver.order_delivery(letter, Audience.of_series(letter.series), user=adviser, at=at)


def let_it_be_time(delivery: Delivery) -> int:
    """Make the time come; return how many deliveries the schedule's next round starts."""
    Delivery.objects.filter(pk=delivery.pk).update(scheduled_for=timezone.now() - timedelta(minutes=1))
    started = deliver.start_due()
    delivery.refresh_from_db()
    return started


def test_a_letter_emptied_after_it_was_scheduled_leaves_as_it_was(letter, delivery, woken):
    letter.body = []
    letter.save_revision()
    assert let_it_be_time(delivery) == 1
    assert "Slik følger dere opp" in delivery.html
    shown = LetterPage.objects.get(pk=letter.pk)
    assert shown.live
    assert len(shown.body) == 3
    assert not len(shown.get_latest_revision_as_object().body)


def test_a_half_finished_draft_is_neither_sent_nor_published(letter, delivery, woken):
    letter.title, letter.is_important = "Halvferdig", True
    letter.save_revision()
    let_it_be_time(delivery)
    assert delivery.subject == "Nytt om behandlingsavbrudd"
    assert delivery.audience["is_important"] is False
    assert LetterPage.objects.get(pk=letter.pk).title == "Nytt om behandlingsavbrudd"


def test_the_archive_shows_what_was_sent_though_a_later_version_was_published_first(letter, delivery, woken):
    letter.title = "Publisert etter bestillingen"
    letter.save_revision().publish()
    let_it_be_time(delivery)
    shown = LetterPage.objects.get(pk=letter.pk)
    assert shown.title == delivery.subject == "Nytt om behandlingsavbrudd"
    assert shown.get_latest_revision_as_object().title == "Publisert etter bestillingen"


def test_a_published_letter_that_nobody_touched_is_not_published_once_more(letter, adviser, woken):
    letter.save_revision().publish()
    published = LetterPage.objects.get(pk=letter.pk).last_published_at
    at = timezone.now() + timedelta(days=1)
    fresh = LetterPage.objects.get(pk=letter.pk)
    delivery = deliver.order_delivery(fresh, Audience.of_series(letter.series), user=adviser, at=at)
    assert let_it_be_time(delivery) == 1
    after = LetterPage.objects.get(pk=letter.pk)
    assert (after.last_published_at, after.has_unpublished_changes) == (published, False)


def test_clearing_old_revisions_spares_what_is_ordered(letter, delivery, woken):
    letter.title = "Nyere utkast"
    letter.save_revision()
    call_command("purge_revisions")
    assert let_it_be_time(delivery) == 1
    assert delivery.subject == "Nytt om behandlingsavbrudd"


def test_a_letter_that_must_be_mended_when_its_time_comes_is_held_and_told(
    letter, adviser, woken, client, site
):
    goal = make_letter(letter.series, live=True, slug="maal", number=4)
    letter.body = [("button", {"text": "Les mer", "page": goal, "url": ""})]
    letter.save_revision()
    at = timezone.now() + timedelta(days=1)
    delivery = deliver.order_delivery(letter, Audience.of_series(letter.series), user=adviser, at=at)
    goal.unpublish()
    assert let_it_be_time(delivery) == 0
    assert delivery.status == Delivery.Status.PAUSED
    assert delivery.status_reason.startswith("Brevet må rettes først: ")
    assert not delivery.recipients.exists()
    assert not LetterPage.objects.get(pk=letter.pk).live
    assert woken == []
    tell_standstills()
    assert mail.outbox[-1].to == [adviser.email]
    assert delivery.status_reason in mail.outbox[-1].body
    client.force_login(adviser)
    page = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk])).content.decode()
    assert "Brevet må rettes først" in page
    # Mended elsewhere, it goes on from its page.
    goal.save_revision().publish()
    client.post(reverse("newsletters_admin:act", args=[delivery.pk, "resume"]))
    delivery.refresh_from_db()
    assert (delivery.status, delivery.status_reason) == (Delivery.Status.SENDING, "")
    assert delivery.recipients.count() == 1


def test_a_delivery_to_nobody_is_held_and_told(delivery, adviser, woken):
    Subscription.objects.update(status=Subscription.Status.UNSUBSCRIBED)
    assert let_it_be_time(delivery) == 0
    assert (delivery.status, delivery.frozen_at) == (Delivery.Status.PAUSED, None)
    assert "Ingen" in delivery.status_reason
    assert [one.cause for one in standstill.standing_still()] == ["stopped"]
    assert not LetterPage.objects.get(pk=delivery.letter_id).live
    # Still nobody: it stays where it is, and nothing "finishes".
    control.resume(delivery, user=adviser)
    assert delivery.status == Delivery.Status.PAUSED


def test_asking_to_send_to_nobody_later_is_refused(letter, adviser, client):
    Subscription.objects.all().delete()
    at = timezone.localtime() + timedelta(days=1)
    client.force_login(adviser)
    address = reverse("newsletters_admin:confirm", args=[letter.pk])
    address += f"?subscribers=on&at={at:%Y-%m-%dT%H:%M}"
    form_id = client.get(address).context["form_id"]
    answer = client.post(address, {"form_id": str(form_id)}, follow=True)
    assert "Ingen" in " ".join(str(message) for message in answer.context["messages"])
    assert not Delivery.objects.exists()


def test_a_letter_that_must_be_mended_is_not_ordered(letter, adviser):
    letter.body = []
    letter.save_revision()
    for at in (None, timezone.now() + timedelta(days=1)):
        with pytest.raises(ValidationError, match="må rettes først"):
            deliver.order_delivery(letter, Audience.of_series(letter.series), user=adviser, at=at)
    assert not Delivery.objects.exists()
    assert not LetterPage.objects.get(pk=letter.pk).live
