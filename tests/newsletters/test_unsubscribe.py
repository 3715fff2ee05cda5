"""Leaving, the preference page, and being erased."""

import re
from smtplib import SMTPServerDisconnected

import pytest
from celery.exceptions import Retry
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from directory.models import Person
from directory.services import erase_person
from newsletters import mails, tasks_statistics
from newsletters.models import (
    MeasuringConsent,
    Recipient,
    Series,
    Subscription,
    SuppressedAddress,
    address_hash,
)
from newsletters.signing_up import confirm, request_subscription
from newsletters.subscriptions import unsubscribe, unsubscribe_from_all
from newsletters.tokens import erase_token, make_token, preferences_token, unsubscribe_token
from tests.core.anonymous import post
from tests.newsletters.factories import SeriesFactory, SubscriptionFactory, give_consent
from tests.newsletters.sent import receiver, sent_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mails_are_sent_at_once(site, monkeypatch):
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: False)
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def subscription():
    return SubscriptionFactory(series__name="TSB-lederbrev")


def leaving(subscription, recipient_id=0) -> str:
    token = unsubscribe_token(subscription.person_id, subscription.series_id, recipient_id)
    return reverse("newsletters:unsubscribe", args=[token])


def preferences(person) -> str:
    return reverse("newsletters:preferences", args=[preferences_token(person.pk)])


def status(subscription) -> str:
    subscription.refresh_from_db()
    return subscription.status


def test_a_mail_programs_one_click_leaves_at_once_without_redirect_or_cookie(client, subscription):
    response = client.post(leaving(subscription), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert not response.cookies
    assert "Location" not in response
    assert status(subscription) == "unsubscribed"
    assert subscription.ended_at


def test_one_click_works_from_another_site_and_without_a_csrf_token(subscription):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    headers = {"origin": "https://mail.example.com", "sec-fetch-site": "cross-site"}
    response = strict.post(leaving(subscription), {"List-Unsubscribe": "One-Click"}, headers=headers)
    assert response.status_code == 200
    assert status(subscription) == "unsubscribed"


def test_one_click_as_multipart_works_too(client, subscription):
    from django.test.client import MULTIPART_CONTENT

    client.post(leaving(subscription), {"List-Unsubscribe": "One-Click"}, content_type=MULTIPART_CONTENT)
    assert status(subscription) == "unsubscribed"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_fetching_the_page_leaves_nothing(client, subscription, method):
    getattr(client, method)(leaving(subscription))
    assert status(subscription) == "active"


def test_the_button_leaves_and_the_reason_is_kept(client, subscription):
    page = client.get(leaving(subscription))
    assert "TSB-lederbrev" in page.content.decode()
    response = client.post(leaving(subscription), {"reason": "too_many"})
    assert response.status_code == 200
    assert status(subscription) == "unsubscribed"
    assert subscription.end_reason == "too_many"


def test_an_invented_reason_does_not_keep_anybody(client, subscription):
    client.post(leaving(subscription), {"reason": "x" * 5000, "scope": "noe annet"})
    assert status(subscription) == "unsubscribed"
    assert subscription.end_reason == ""


def test_a_reader_of_several_series_leaves_only_the_one_or_all(client, subscription):
    other = SubscriptionFactory(person=subscription.person)
    client.post(leaving(subscription), {"scope": "series"})
    assert (status(subscription), status(other)) == ("unsubscribed", "active")
    client.post(leaving(subscription), {"scope": "all"})
    assert status(other) == "unsubscribed"


@pytest.mark.parametrize("series_beside", [0, 6])
def test_leaving_all_letters_is_remembered_for_series_one_never_had(
    subscription, series_beside, django_assert_num_queries
):
    person = subscription.person
    left_before = SubscriptionFactory(person=person)
    unsubscribe(person, left_before.series, reason="too_many")
    left_before.refresh_from_db()
    waiting = Recipient.objects.create(delivery=sent_delivery(), person=person, email=person.email)
    beside = SeriesFactory.create_batch(series_beside)
    # The savepoint, the stand, the series, the rows, those that were active, the letters on their way.
    with django_assert_num_queries(7):
        unsubscribe_from_all(person, reason="not_relevant")
    rows = person.subscriptions.all()
    assert {row.series for row in rows} == {*Series.objects.all()} >= {*beside}
    assert {row.status for row in rows} == {"unsubscribed"}
    reasons = {row.series: (row.end_reason, row.ended_at) for row in rows}
    assert reasons[left_before.series] == ("too_many", left_before.ended_at)
    assert reasons[subscription.series][0] == "not_relevant"
    waiting.refresh_from_db()
    assert waiting.status == Recipient.Status.SKIPPED


def test_leaving_twice_keeps_the_first_time(client, subscription):
    client.post(leaving(subscription))
    subscription.refresh_from_db()
    first = subscription.ended_at
    assert client.post(leaving(subscription), {"List-Unsubscribe": "One-Click"}).status_code == 200
    subscription.refresh_from_db()
    assert subscription.ended_at == first


def test_a_link_opened_again_says_since_when_and_changes_nothing(client, subscription, time_machine):
    time_machine.move_to("2026-03-03 10:00+01:00")
    client.post(leaving(subscription))
    time_machine.move_to("2026-03-09 10:00+01:00")
    page = client.get(leaving(subscription)).content.decode()
    assert "Du er meldt av TSB-lederbrev siden 3. mars 2026." in page
    assert ">Meld meg av alle brevene også</button>" in page
    subscription.refresh_from_db()
    assert subscription.ended_at.day == 3
    client.post(leaving(subscription), {"scope": "all"})
    page = client.get(leaving(subscription)).content.decode()
    assert "Du er meldt av alle brevene våre." in page
    assert '<button class="ds-button"' not in page


def test_leaving_is_noted_on_the_letter_it_came_from_and_waiting_letters_are_skipped(client, site):
    delivery = sent_delivery()
    got = receiver(delivery)
    waiting = sent_delivery(letter=delivery.letter)
    Recipient.objects.create(delivery=waiting, person=got.person, email=got.email)
    token = unsubscribe_token(got.person_id, delivery.series_id, got.pk)
    client.post(reverse("newsletters:unsubscribe", args=[token]), {"List-Unsubscribe": "One-Click"})
    got.refresh_from_db()
    assert got.unsubscribed_at
    assert waiting.recipients.get().status == Recipient.Status.SKIPPED
    # Letters came to this person through a network: the no is remembered all the same.
    assert Subscription.objects.get(person=got.person).status == "unsubscribed"


def test_a_token_cannot_note_somebody_elses_letter(client, site):
    delivery = sent_delivery()
    mine, other = receiver(delivery), receiver(delivery)
    token = unsubscribe_token(mine.person_id, delivery.series_id, other.pk)
    client.post(reverse("newsletters:unsubscribe", args=[token]))
    other.refresh_from_db()
    assert other.unsubscribed_at is None


@pytest.mark.parametrize(
    "token",
    ["oppdiktet", make_token("preferences", 1, 1, 0), make_token("click", 1, 1, 0)],
    ids=["invented", "for preferences", "for a click"],
)
def test_a_forged_token_is_refused_with_a_way_on(client, subscription, token):
    url = reverse("newsletters:unsubscribe", args=[token])
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 404
    response = client.get(url)
    assert response.status_code == 404
    assert reverse("newsletters:ask_for_preferences") in response.content.decode()
    assert status(subscription) == "active"


def test_the_preference_page_shows_and_changes_letters_measuring_and_language(client, subscription):
    other = SeriesFactory(name="Nettverksbrev")
    url = preferences(subscription.person)
    html = client.get(url).content.decode()
    assert subscription.person.email not in html
    assert re.search(rf'value="{subscription.series_id}"[^>]*checked', html)
    response = client.post(url, {"series": [other.pk], "measuring": "on", "language": "nn"})
    assert response.status_code == 200
    assert 'lang="nn"' in response.content.decode()
    assert status(subscription) == "unsubscribed"
    assert Subscription.objects.get(series=other).status == "active"
    assert MeasuringConsent.objects.get().withdrawn_at is None
    assert Person.objects.get().language == "nn"


def test_taking_the_tick_away_withdraws_the_consent_and_a_later_yes_starts_anew(client, subscription):
    consent = give_consent(subscription.person)
    url = preferences(subscription.person)
    form = {"series": [subscription.series_id], "language": "nb"}
    client.post(url, form)
    consent.refresh_from_db()
    assert consent.withdrawn_at
    client.post(url, {**form, "measuring": "on"})
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    assert consent.wording != "Ja, det er greit."


def test_fetching_the_preference_page_changes_nothing(client, subscription):
    give_consent(subscription.person)
    client.head(preferences(subscription.person))
    assert client.get(preferences(subscription.person)).status_code == 200
    assert status(subscription) == "active"
    assert MeasuringConsent.objects.get().withdrawn_at is None


def test_a_lost_link_is_mailed_and_the_answer_tells_nothing(client, subscription):
    answers = [
        post(client, "/preferanser/", {"email": email})
        for email in (subscription.person.email, "ukjent@sykehus.example")
    ]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/preferanser/sendt/")}
    assert [message.to for message in mail.outbox] == [[subscription.person.email]]
    link = re.search(r"(/preferanser/\S+)", mail.outbox[0].body)[1]
    assert client.get(link).status_code == 200


def test_erasing_needs_a_fresh_mail_and_a_button(client, subscription):
    person = subscription.person
    asked = client.post(preferences(person) + "/slett")
    assert asked.status_code == 200
    assert Person.objects.filter(pk=person.pk).exists()
    link = re.search(r"(/preferanser/slett/\S+)", mail.outbox[-1].body)[1]
    assert client.get(link).status_code == 200
    assert Person.objects.filter(pk=person.pk).exists()
    assert client.post(link).status_code == 200
    assert not Person.objects.filter(pk=person.pk).exists()
    assert SuppressedAddress.objects.get().hash == address_hash(person.email)
    # Once more after the erasing: nobody there.
    assert client.post(link).status_code == 410
    assert client.get(preferences(person)).status_code == 410
    assert client.post(leaving(subscription), {"List-Unsubscribe": "One-Click"}).status_code == 200


def test_the_link_of_somebody_who_was_erased_does_not_say_that_letters_have_ended(client, subscription):
    erase_person(subscription.person)
    confirm(request_subscription(subscription.person.email, [subscription.series]).pk)
    page = client.post(leaving(subscription), {"scope": "all"}).content.decode()
    assert "Du har meldt deg av" not in page
    assert "Det er ingenting å melde seg av" in page
    assert reverse("newsletters:ask_for_preferences") in page
    assert Subscription.objects.get().status == "active"


def test_the_link_to_a_series_that_is_gone_says_so_while_other_letters_come(client, subscription):
    other = SubscriptionFactory(person=subscription.person)
    link = leaving(subscription)
    subscription.series.delete()
    assert "sendes ikke lenger" in client.get(link).content.decode()
    assert status(other) == "active"


@pytest.mark.parametrize("purpose", ["preferences", "unsubscribe", "confirm"])
def test_no_other_link_can_erase(client, subscription, purpose):
    token = make_token(purpose, subscription.person_id)
    assert client.post(reverse("newsletters:erase", args=[token])).status_code == 404
    assert Person.objects.filter(pk=subscription.person_id).exists()


def test_a_confirmation_pressed_after_the_erasing_brings_nobody_back(client, subscription):
    person = subscription.person
    request = request_subscription(person.email, [subscription.series])
    confirm(request.pk)
    client.post(reverse("newsletters:erase", args=[erase_token(person.pk, person.email)]))
    assert (
        client.post(reverse("newsletters:confirm", args=[make_token("confirm", request.pk)])).status_code
        == 410
    )
    assert not Person.objects.exists()


def test_sent_letters_keep_the_number_but_not_the_person_after_erasing(client, site):
    delivery = sent_delivery()
    got = receiver(delivery, first_name="Kari")
    client.post(reverse("newsletters:erase", args=[erase_token(got.person_id, got.person.email)]))
    row = delivery.recipients.get()
    assert (row.person, row.first_name, row.organisation) == (None, "", None)
    assert got.email not in row.email
    assert row.status == Recipient.Status.SENT


def test_a_person_is_mailed_only_a_few_links_an_hour(client, subscription):
    for _attempt in range(5):
        post(client, "/preferanser/", {"email": subscription.person.email})
    assert len(mail.outbox) == 3


def test_the_jobs_send_the_mails(subscription):
    tasks_statistics.mail_preferences(subscription.person_id)
    tasks_statistics.mail_erasure(subscription.person_id)
    assert tasks_statistics.mail_signups() == 0
    assert len(mail.outbox) == 2
    assert mails.SYSTEM_HEADERS.items() <= mail.outbox[0].extra_headers.items()


@pytest.mark.parametrize("job", [tasks_statistics.mail_erasure, tasks_statistics.mail_preferences])
def test_a_mail_server_that_is_away_is_asked_again_later(subscription, monkeypatch, job):
    def away(*args, **kwargs):
        raise SMTPServerDisconnected

    monkeypatch.setattr(mails, "send_system_mail", away)
    monkeypatch.setattr(job, "apply_async", lambda *args, **kwargs: None)
    job.push_request(called_directly=False, retries=0, args=[subscription.person_id], kwargs={})
    try:
        with pytest.raises(Retry) as again:
            job.run(subscription.person_id)
    finally:
        job.pop_request()
    assert again.value.when == 60


@pytest.mark.parametrize("job", [tasks_statistics.mail_erasure, tasks_statistics.mail_preferences])
def test_a_mail_to_someone_erased_meanwhile_is_dropped_in_silence(subscription, job):
    person_id = subscription.person_id
    erase_person(subscription.person)
    job(person_id)
    assert mail.outbox == []
