"""Broker and mail server are both away: whoever asks for a link reads so, and nothing that was written is lost."""

import pytest
from celery.exceptions import OperationalError
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from directory.models import Person
from newsletters import mails, tasks_statistics
from newsletters.models import SignupRequest
from newsletters.tokens import preferences_token
from tests.core.anonymous import OWN_ORIGIN, post, sealed
from tests.newsletters.factories import SubscriptionFactory

pytestmark = pytest.mark.django_db
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _broker_is_away_too(site, mail_server_is_away, monkeypatch):
    """The queue fails as Celery's does."""

    def broken(*args, **kwargs):
        raise OperationalError

    for task in ("mail_preferences", "mail_erasure", "mail_signups"):
        monkeypatch.setattr(getattr(tasks_statistics, task), "apply_async", broken)


@pytest.fixture
def person() -> Person:
    return SubscriptionFactory().person


def _ask(client, email: str, form: dict):
    return client.post("/preferanser/", {**form, "email": email}, headers=OWN_ORIGIN)


def test_who_asks_for_the_link_reads_so_and_the_same_form_works_when_they_are_back(client, person, settings):
    form = sealed()
    for _time in range(4):
        answer = _ask(client, person.email, form)
        text = answer.content.decode()
        assert answer.status_code == 503
        assert "E-posttjeneren vår svarer ikke, så det ble ikke sendt noen e-post" in text
        assert f'value="{person.email}"' in text
    settings.EMAIL_BACKEND = LOCMEM
    # Tries that came to nothing do not count against the few mails an address gets in an hour.
    assert _ask(client, person.email, form).headers["Location"] == "/preferanser/sendt/"
    assert [message.to for message in mail.outbox] == [[person.email]]


def test_the_answer_still_tells_nobody_whether_an_address_is_known(client, person, settings):
    def shown(email: str) -> tuple[int, str]:
        form = sealed(form_id="f" * 32)
        cache.clear()
        answer = _ask(client, email, form)
        return answer.status_code, answer.content.decode().replace(email, "…").replace(form["seal"], "")

    known, unknown = shown(person.email), shown("ukjent@sykehus.example")
    assert known[0] == unknown[0] == 503
    assert _without_seal(known[1]) == _without_seal(unknown[1])
    settings.EMAIL_BACKEND = LOCMEM
    assert shown(person.email) == shown("ukjent@sykehus.example")


def _without_seal(text: str) -> str:
    import re

    return re.sub(r'name="seal" value="[^"]*"', "", text)


def test_an_address_that_has_had_its_mails_gets_the_answer_of_an_unknown_one(client, person, settings):
    settings.EMAIL_BACKEND = LOCMEM
    for _time in range(3):
        post(client, "/preferanser/", {"email": person.email})
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert _ask(client, person.email, sealed()).status_code == 503


def test_who_asks_to_be_erased_reads_so_and_can_go_back(client, person, settings):
    address = reverse("newsletters:preferences", args=[preferences_token(person.pk)])
    answer = client.post(f"{address}/slett")
    assert answer.status_code == 503
    assert "ingenting er slettet" in answer.content.decode()
    assert f'href="{address}"' in answer.content.decode()
    assert Person.objects.filter(pk=person.pk).exists()
    settings.EMAIL_BACKEND = LOCMEM
    assert client.post(f"{address}/slett").status_code == 200
    assert mail.outbox[-1].to == [person.email]


def test_a_sign_up_is_kept_and_mailed_when_they_are_back(
    client, person, settings, django_capture_on_commit_callbacks
):
    series = person.subscriptions.get().series
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(client, "/brev/abonner/", {"email": "ny@sykehus.example", "series": [series.pk]})
    assert answer.headers["Location"] == "/brev/abonner/sendt/"
    assert SignupRequest.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = LOCMEM
    assert mails.send_waiting_signup_mails() == 1
