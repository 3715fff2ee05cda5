"""The preference page, choice by choice, and the links that open it: each good for one thing and for a time."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core.models import ServiceSettings
from directory.models import Person
from directory.services import correct_address, erase_person
from networks.models import Membership
from newsletters import mails
from newsletters.audience import Audience
from newsletters.models import Delivery, FewerLetters, Interest, MeasuringConsent, Series, Subscription
from newsletters.signing_up import confirm, request_subscription
from newsletters.subscriptions import unsubscribe_from_all
from newsletters.tokens import erase_token, make_token, preferences_token, unsubscribe_token
from tests.networks.factories import make_network
from tests.newsletters.factories import PersonFactory, SeriesFactory, SubscriptionFactory, give_consent
from tests.newsletters.sent import receiver, sent_delivery

pytestmark = pytest.mark.django_db
OWN_PAGES = ("preferences", "fewer", "ask_for_erasure", "erase")
NEEDED = {"erase": "erase", "fewer": "unsubscribe"}


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: False)
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def subscription():
    return SubscriptionFactory(series__name="TSB-lederbrev", person__email="kari@helse.example")


def page_of(person, name: str = "preferences", purpose: str | None = None) -> str:
    purpose = purpose or NEEDED.get(name, "preferences")
    token = erase_token(person.pk, person.email) if purpose == "erase" else make_token(purpose, person.pk)
    if purpose == "unsubscribe":
        token = unsubscribe_token(person.pk, person.subscriptions.first().series_id)
    return reverse(f"newsletters:{name}", args=[token])


def form_of(subscription, **changes) -> dict:
    return {"series": [subscription.series_id], "language": "nb", "wish": "all", **changes}


def test_the_page_asks_about_letters_how_many_measuring_and_language_in_that_order(client, subscription):
    form = client.get(page_of(subscription.person)).context["form"]
    assert list(form.fields) == ["series", "wish", "measuring", "language"]


def test_no_question_is_called_optional_as_each_has_an_answer_already(client, subscription):
    Interest.objects.create(name="Samtaler")
    assert "(valgfritt)" not in client.get(page_of(subscription.person)).content.decode()


def test_a_yes_to_measuring_keeps_the_day_and_the_words_beside_the_box(client, subscription, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    client.post(page_of(subscription.person), form_of(subscription, measuring="on", language="nn"))
    consent = MeasuringConsent.objects.get()
    assert consent.given_at == timezone.now()
    assert "måle hvilke brev jeg åpner" in consent.wording
    assert "10 dager" in consent.wording
    time_machine.shift(timedelta(days=40))
    client.post(page_of(subscription.person), form_of(subscription, measuring="on"))
    consent.refresh_from_db()
    assert consent.given_at == timezone.now() - timedelta(days=40)


def ticked(client, person) -> set[int]:
    return set(client.get(page_of(person)).context["form"]["series"].value())


def test_a_member_sees_the_networks_letters_ticked_before_the_first_and_leaves_by_unticking(client):
    member = Membership.objects.create(page=make_network(), person=PersonFactory())
    series = SeriesFactory(network=member.page, is_public=False)
    assert ticked(client, member.person) == {series.pk}
    client.post(page_of(member.person), {"language": "nb", "wish": "all", "series": [series.pk]})
    assert not Subscription.objects.exists()
    client.post(page_of(member.person), {"language": "nb", "wish": "all"})
    assert Subscription.objects.get().status == "unsubscribed"
    assert not Audience.of_series(series).people().exists()
    assert ticked(client, member.person) == set()


def test_who_was_a_member_sees_the_networks_letters_unticked(client):
    got = receiver(sent_delivery())
    series, yesterday = got.delivery.series, timezone.localdate() - timedelta(1)
    member = Membership.objects.create(
        page=make_network(), person=got.person, from_date=yesterday - timedelta(9)
    )
    Series.objects.filter(pk=series.pk).update(network=member.page)
    assert ticked(client, got.person) == {series.pk}
    Membership.objects.update(to_date=yesterday)
    assert ticked(client, got.person) == set()


def test_letters_that_came_through_another_network_than_the_series_own_are_ticked(client):
    got = receiver(sent_delivery())
    member = Membership.objects.create(page=make_network(), person=got.person)
    assert ticked(client, got.person) == set()
    audience = Audience(series=got.delivery.series_id, networks=(member.page_id,)).as_dict()
    Delivery.objects.update(audience=audience)
    assert ticked(client, got.person) == {got.delivery.series_id}


def test_nothing_is_ticked_for_a_member_who_has_left_all_letters(client):
    member = Membership.objects.create(page=make_network(), person=PersonFactory())
    unsubscribe_from_all(member.person)
    SeriesFactory(network=member.page)
    assert ticked(client, member.person) == set()


def test_the_mail_that_confirms_erasing_is_void_once_the_address_is_another(client, subscription):
    link = page_of(subscription.person, "erase")
    correct_address(subscription.person, "kari.li@helse.example")
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "Adressen din er endret" in answer.content.decode()
        assert reverse("newsletters:ask_for_preferences") in answer.content.decode()
    assert Person.objects.exists()
    correct_address(Person.objects.get(), "kari@helse.example")
    assert client.post(link).status_code == 200
    assert not Person.objects.exists()


@pytest.mark.parametrize("mode", ["anonymous", "off"])
def test_where_nobody_is_asked_about_measuring_saving_withdraws_no_consent(client, site, subscription, mode):
    give_consent(subscription.person)
    ServiceSettings.objects.filter(site=site).update(measuring_mode=mode)
    page = client.post(page_of(subscription.person), form_of(subscription)).content.decode()
    assert "Lagret." in page
    assert 'name="measuring"' not in page
    assert MeasuringConsent.objects.get().withdrawn_at is None


def test_the_language_is_that_of_the_pages_and_mails_about_letters(client, subscription):
    person = subscription.person
    client.post(page_of(person), form_of(subscription, language="nn"))
    person.refresh_from_db()
    token = unsubscribe_token(person.pk, subscription.series_id)
    for url in (page_of(person), reverse("newsletters:unsubscribe", args=[token]), page_of(person, "erase")):
        assert '<html lang="nn"' in client.get(url).content.decode()
    mails.send_preferences_mail(person)
    mails.send_erasure_mail(person)
    assert [message.subject for message in mail.outbox] == ["Breva dine frå oss", "Slett det vi veit om deg"]


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "click", "open", "preferences", "erase"])
def test_a_token_of_another_purpose_opens_nothing_and_changes_nothing(client, subscription, name, purpose):
    if purpose == NEEDED.get(name, "preferences"):
        return
    url = page_of(subscription.person, name, purpose)
    for answer in (client.post(url, {"wish": "pause", "language": "nn"}), client.get(url)):
        assert answer.status_code in (404, 405)
        assert subscription.person.email not in answer.content.decode()
    subscription.refresh_from_db()
    assert (subscription.status, subscription.person.language) == ("active", "nb")
    assert not FewerLetters.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("name", "lasts"),
    [
        ("preferences", timedelta(days=365)),
        ("fewer", timedelta(days=365)),
        ("ask_for_erasure", timedelta(days=365)),
        ("erase", timedelta(hours=2)),
    ],
)
def test_a_link_works_for_its_time_and_then_changes_nothing(client, subscription, time_machine, name, lasts):
    url, made = page_of(subscription.person, name), timezone.now()
    fields = {"wish": "pause", "language": "nn"}
    time_machine.move_to(made + lasts + timedelta(minutes=1))
    late = client.post(url, fields)
    assert late.status_code == 410
    assert reverse("newsletters:ask_for_preferences") in late.content.decode()
    assert Subscription.objects.get().status == "active"
    assert Person.objects.get().language == "nb"
    assert (mail.outbox, FewerLetters.objects.count()) == ([], 0)
    time_machine.move_to(made + lasts - timedelta(minutes=1))
    assert client.post(url, fields).status_code == 200


@pytest.mark.parametrize("name", OWN_PAGES)
def test_fetching_changes_nothing_and_mails_nothing(client, subscription, name):
    for method in (client.get, client.head):
        assert method(page_of(subscription.person, name)).status_code in (200, 405)
    assert Subscription.objects.get().status == "active"
    assert (mail.outbox, FewerLetters.objects.count()) == ([], 0)


@pytest.mark.parametrize("name", OWN_PAGES)
def test_links_from_before_the_erasing_do_not_open_the_new_entry_of_who_signs_up_again(
    client, subscription, name
):
    person, old = subscription.person, page_of(subscription.person, name)
    erase_person(person)
    series = SeriesFactory()
    confirm(request_subscription(person.email, [series]).pk)
    assert client.post(old, {"language": "nn", "wish": "pause"}).status_code == 410
    again = Person.objects.get()
    assert (again.email, again.language, again.subscriptions.get().status) == (person.email, "nb", "active")


@pytest.mark.parametrize("name", OWN_PAGES)
def test_no_page_of_ones_own_sets_a_cookie_is_stored_or_tells_others_its_address(client, subscription, name):
    answer = client.post(page_of(subscription.person, name), {"wish": "pause"})
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_link_in_letters_opens_the_page(client, subscription):
    url = reverse("newsletters:preferences", args=[preferences_token(subscription.person_id)])
    assert client.get(url).status_code == 200
