"""Test letters: the adviser sees how each went, they can be read in the browser, and their links act on nobody."""

import re
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from newsletters import trial_outcomes
from newsletters.models import Delivery, Subscription
from newsletters.services import trial
from newsletters.smtp import Outcome, Reply
from newsletters.tasks import send_test_letter
from newsletters.tokens import TRIAL_AGE, make_token
from tests.newsletters.factories import SubscriptionFactory, make_letter, make_sender

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests; here the right to send is what counts."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def letter(site):
    cache.clear()
    return make_letter(live=False)


@pytest.fixture
def adviser(client):
    user = make_sender()
    client.force_login(user)
    return user


@pytest.fixture
def queued(monkeypatch):
    """The tests that were ordered; no worker runs until the test calls one."""
    calls = []
    monkeypatch.setattr("newsletters.tasks.send_test_letter.delay", lambda *args: calls.append(args))
    return calls


def send_page(letter) -> str:
    return reverse("newsletters_admin:send", args=[letter.pk])


def outcome_page(letter) -> str:
    return reverse("newsletters_admin:test_outcome", args=[letter.pk])


def order(client, letter, addresses: str) -> None:
    response = client.post(send_page(letter), {"addresses": addresses})
    assert response.url == f"{send_page(letter)}#test"


# How it went


def test_a_refused_test_is_told_with_the_servers_own_answer(letter, adviser, client, sink, queued):
    sink.refuse_receivers = {"borte": "550 5.1.1 No such user here"}
    order(client, letter, "meg@tjenesten.example, borte@annet.example")
    assert sink.received == []  # nothing is sent inside the request
    send_test_letter(*queued[0])
    html = client.get(send_page(letter)).content.decode()
    assert "E-posttjeneren tok imot prøven til meg@tjenesten.example." in html
    assert (
        "<b>borte@annet.example</b>: Adressen finnes ikke. Svaret: <q>550 5.1.1 No such user here</q>" in html
    )
    assert "hx-get" not in client.get(outcome_page(letter)).content.decode()


def test_the_page_asks_for_news_while_a_test_waits_and_not_for_ever(
    letter, adviser, client, queued, monkeypatch
):
    order(client, letter, "meg@tjenesten.example")
    html = client.get(outcome_page(letter)).content.decode()
    assert "På vei til meg@tjenesten.example" in " ".join(html.split())
    assert f'hx-get="{outcome_page(letter)}"' in html
    later = timezone.now() + timedelta(seconds=trial_outcomes.WATCHED + 1)
    monkeypatch.setattr("newsletters.trial_outcomes.timezone.now", lambda: later)
    html = client.get(outcome_page(letter)).content.decode()
    assert "Prøven er ikke sendt ennå" in html
    assert "hx-get" not in html


def test_a_mail_server_that_is_away_is_told(letter, adviser, client, queued, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    order(client, letter, "meg@tjenesten.example")
    send_test_letter(*queued[0])
    assert "E-posttjeneren svarer ikke. Spør driften." in client.get(outcome_page(letter)).content.decode()


def test_a_letter_that_cannot_be_made_into_mail_is_told(letter, adviser, client, sink, queued):
    order(client, letter, "meg@tjenesten.example")
    archive = letter.get_parent().specific
    archive.series = None
    archive.save()
    with pytest.raises(ValidationError):
        send_test_letter(*queued[0])
    assert "kunne ikke gjøres om til e-post" in client.get(outcome_page(letter)).content.decode()
    assert sink.received == []


def test_a_worker_that_was_killed_halfway_is_followed_by_one_that_sends_the_rest(
    letter, adviser, client, sink, queued
):
    order(client, letter, "forst@tjenesten.example, sist@tjenesten.example")
    letter_id, addresses, user_id, number = queued[0]
    trial_outcomes.note(letter_id, user_id, number, {addresses[0]: Reply(Outcome.SENT, 250, "OK")})
    send_test_letter(*queued[0])
    assert sink.receivers() == ["sist@tjenesten.example"]


def test_an_older_test_that_comes_late_does_not_hide_the_newer_one(letter, adviser, client, sink, queued):
    order(client, letter, "gammel@tjenesten.example")
    order(client, letter, "ny@tjenesten.example")
    send_test_letter(*queued[0])
    assert trial_outcomes.latest(letter.pk, adviser.pk).waiting == ["ny@tjenesten.example"]


def test_nobody_sees_the_addresses_another_adviser_tested_with(letter, adviser, client, queued):
    order(client, letter, "meg@tjenesten.example")
    client.force_login(make_sender("annen@tjenesten.example"))
    for page in (send_page(letter), outcome_page(letter)):
        assert "meg@tjenesten.example" not in client.get(page).content.decode()


def test_the_addresses_of_a_test_are_forgotten_after_some_hours(letter, adviser, client, queued, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "set", lambda key, value, timeout=None, **options: kept.append((key, timeout)))
    trial_outcomes.begin(letter.pk, adviser.pk, ["meg@tjenesten.example"])
    assert kept == [(f"letter-test:{letter.pk}:{adviser.pk}", 6 * 3600)]


def test_a_test_that_could_not_be_queued_does_not_seem_to_be_on_its_way(letter, adviser, client, monkeypatch):
    def no_broker(*args):
        raise ConnectionRefusedError

    monkeypatch.setattr("newsletters.tasks.send_test_letter.delay", no_broker)
    page = client.post(send_page(letter), {"addresses": "meg@tjenesten.example"}, follow=True)
    assert "køen" in page.content.decode()
    assert trial_outcomes.latest(letter.pk, adviser.pk) is None


def test_only_those_who_may_send_see_how_tests_went(letter, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("leser@tjenesten.example"))
    assert client.get(outcome_page(letter)).status_code in (302, 403)


# What a test's links lead to


def links_in_test(letter, sink) -> dict[str, str]:
    trial.send_test(letter, ["meg@tjenesten.example"])
    received = sink.received[-1]
    addresses = re.findall(r"http://localhost:8000(/brev/prove/[^\s\"<]+)", received.part("plain"))
    copy = next(address for address in addresses if "lenke" not in address)
    assert copy in received.part("html")
    return {"copy": copy, "leave": next(address for address in addresses if "lenke" in address)}


def test_the_test_of_an_unpublished_letter_can_be_read_in_the_browser_for_a_week(
    letter, client, sink, monkeypatch
):
    letter.lead = "Innledningen slik den sist ble lagret."
    letter.save_revision()
    address = links_in_test(letter, sink)["copy"]
    letter.lead = "Skrevet etterpå."
    letter.save_revision()
    response = client.get(address)
    html = response.content.decode()
    assert "Innledningen slik den sist ble lagret." in html
    assert "{{slot" not in html
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    now = time.time()
    monkeypatch.setattr("newsletters.tokens.time.time", lambda: now + TRIAL_AGE + 5)
    late = client.get(address)
    assert late.status_code == 410
    assert "Prøven vises ikke lenger" in late.content.decode()


def test_the_copy_opens_with_its_own_kind_of_address_only(letter, client):
    for token in ("tull", make_token("unsubscribe", letter.pk, 0), make_token("trial", letter.pk, 0)[:-3]):
        assert client.get(reverse("newsletters:trial_copy", args=[token])).status_code == 404
    gone = reverse("newsletters:trial_copy", args=[make_token("trial", letter.pk, 10**9)])
    assert client.get(gone).status_code == 410


def test_unsubscribing_in_a_test_says_what_it_is_and_acts_on_nobody(letter, client, sink):
    subscription = SubscriptionFactory(series=letter.series)
    address = links_in_test(letter, sink)["leave"]
    header = sink.received[-1].message["List-Unsubscribe"]
    assert address in header
    assert "Denne lenken sto i et prøvebrev" in client.get(address).content.decode()
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    subscription.refresh_from_db()
    assert subscription.status == Subscription.Status.ACTIVE
    assert not Delivery.objects.exists()
    assert mail.outbox == []
