"""A person whose address is stopped asks for letters on their own page: told so, and asked by a mail that proves it."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from newsletters import mails
from newsletters.audience import Audience
from newsletters.models import SignupRequest, SoftBounce, SuppressedAddress, address_hash
from newsletters.signing_up import confirm
from newsletters.subscriptions import has_left_all, unsubscribe_from_all
from newsletters.tokens import make_token, preferences_token
from tests.newsletters.factories import SeriesFactory, SubscriptionFactory, make_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def subscription():
    return SubscriptionFactory(series__name="TSB-lederbrev", person__email="kari@helse.example")


def stop(subscription, reason: str = "hard_bounce") -> None:
    SuppressedAddress.objects.create(hash=address_hash(subscription.person.email), reason=reason)


def own_page(subscription) -> str:
    return reverse("newsletters:preferences", args=[preferences_token(subscription.person_id)])


def save(client, subscription, **changes):
    told = {"series": [subscription.series_id], "language": "nb", "wish": "all", **changes}
    return client.post(own_page(subscription), told).content.decode()


def test_the_page_says_that_mail_came_back_and_what_to_do_and_changes_nothing_when_it_is_looked_at(
    client, subscription
):
    stop(subscription)
    page = client.get(own_page(subscription)).content.decode()
    assert "kom i retur" in page
    assert "k•••@helse.example" in page
    assert SuppressedAddress.objects.exists()
    assert not SignupRequest.objects.exists()


def test_saving_a_letter_never_says_just_saved_and_sends_the_mail_whose_button_starts_letters_again(
    client, subscription
):
    stop(subscription)
    SoftBounce.objects.create(hash=address_hash(subscription.person.email), delivery=make_delivery())
    page = save(client, subscription)
    assert "Lagret. Det gjelder fra nå" not in page
    assert "Vi sender en e-post til adressen nå" in page
    # The link may be old or forwarded: it alone proves nothing.
    assert SuppressedAddress.objects.exists()
    assert mails.send_waiting_signup_mails() == 1
    assert mail.outbox[0].to == ["kari@helse.example"]
    client.post(reverse("newsletters:confirm", args=[make_token("confirm", SignupRequest.objects.get().pk)]))
    assert not SuppressedAddress.objects.exists()
    assert not SoftBounce.objects.exists()
    assert list(Audience.of_series(subscription.series).people()) == [subscription.person]


def test_saving_no_letter_or_a_pause_sends_no_mail(client, subscription):
    stop(subscription)
    save(client, subscription, series=[])
    save(client, subscription, wish="pause")
    assert not SignupRequest.objects.exists()
    assert SuppressedAddress.objects.exists()


def test_saving_again_and_again_fills_nobodys_inbox(client, subscription):
    stop(subscription)
    for _n in range(6):
        save(client, subscription)
    assert SignupRequest.objects.count() == 3


def test_a_block_by_hand_is_told_and_neither_lifted_nor_mailed(client, subscription):
    stop(subscription, "manual")
    page = save(client, subscription)
    assert "Vi har sperret adressen" in page
    assert not SignupRequest.objects.exists()
    assert SuppressedAddress.objects.exists()


def test_a_complaint_is_taken_back_by_the_mail_and_not_by_a_tick(client, subscription):
    stop(subscription, "complaint")
    asked = SeriesFactory()
    page = save(client, subscription, series=[subscription.series_id, asked.pk])
    assert "merket som søppelpost" in page
    assert "Vi sender en e-post til adressen nå" in page
    assert SuppressedAddress.objects.exists()
    assert not asked.subscriptions.exists()
    confirm(SignupRequest.objects.get().pk)
    assert list(Audience.of_series(asked).people()) == [subscription.person]


def test_a_tick_of_who_has_left_all_neither_mails_nor_starts_letters_to_a_blocked_address(
    client, subscription
):
    unsubscribe_from_all(subscription.person)
    stop(subscription, "manual")
    page = save(client, subscription)
    assert "Vi har sperret adressen" in page
    assert has_left_all(subscription.person)
    assert not SignupRequest.objects.exists()


def test_whoever_was_erased_and_registered_again_starts_letters_by_the_mail_too(client, subscription):
    stop(subscription, "erased")
    assert "tidligere slettet" in save(client, subscription)
    assert SignupRequest.objects.count() == 1


def test_a_page_whose_address_is_not_stopped_says_saved(client, subscription):
    assert "Lagret. Det gjelder fra nå" in save(client, subscription)
    assert not SignupRequest.objects.exists()
