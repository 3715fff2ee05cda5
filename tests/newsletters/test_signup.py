"""Signing up for letters: nothing counts before the owner of the address has pressed the button."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from core.models import ServiceSettings
from directory.models import Person, PersonAddress
from newsletters import mails
from newsletters.models import MeasuringConsent, SignupRequest, Subscription, SuppressedAddress, address_hash
from newsletters.signing_up import confirm, erase_old_requests
from newsletters.subscriptions import unsubscribe
from newsletters.tokens import make_token
from tests.core.anonymous import post
from tests.newsletters.factories import PersonFactory, SeriesFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
SIGNUP = "/brev/abonner/"


@pytest.fixture(autouse=True)
def _mail_waits_for_the_worker(site, monkeypatch):
    """The broker is not part of these tests: queued jobs are left to the scheduler's query."""
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: True)
    cache.clear()


@pytest.fixture
def series():
    return SeriesFactory(name="TSB-lederbrev", slug="lederbrev")


def sign_up(client, series, email="kari@sykehus.example", **data):
    return post(client, SIGNUP, {"email": email, "series": [series.pk], **data})


def mailed_link(which: int = -1) -> str:
    mails.send_waiting_signup_mails()
    return re.search(r"https?://[^/\s]+(/brev/bekreft/\S+)", mail.outbox[which].body)[1]


def test_a_visitor_signs_up_confirms_and_is_a_subscriber(client, series):
    assert sign_up(client, series, first_name="Kari", last_name="Nordmann").status_code == 302
    assert not Person.objects.exists()
    link = mailed_link()
    assert "TSB-lederbrev" in client.get(link).content.decode()
    assert client.post(link).status_code == 200
    subscription = Subscription.objects.get(person__email="kari@sykehus.example", series=series)
    assert subscription.status == Subscription.Status.ACTIVE
    assert subscription.basis == Subscription.Basis.DOUBLE_OPT_IN
    assert "TSB-lederbrev" in subscription.wording
    assert subscription.confirmed_at
    assert subscription.person.name == "Kari Nordmann"
    mails.send_waiting_signup_mails()
    assert "/avmeld/" in mail.outbox[-1].body
    assert "/preferanser/" in mail.outbox[-1].body
    assert mail.outbox[-1].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_visitor_who_reads_nynorsk_is_met_in_nynorsk_all_the_way(client, series):
    assert 'href="?sprak=nn"' in client.get(SIGNUP).content.decode()
    url = SIGNUP + "?sprak=nn"
    page = client.get(url).content.decode()
    assert '<html lang="nn"' in page
    assert 'href="/preferanser/?sprak=nn"' in page
    answer = post(client, url, {"email": "kari@sykehus.example"})
    assert answer["Location"] == "/brev/abonner/sendt/?sprak=nn"
    assert '<html lang="nn"' in client.get(answer["Location"]).content.decode()
    link = mailed_link()
    assert "Stadfest" in mail.outbox[-1].subject
    for answer in (client.get(link), client.post(link)):
        assert '<html lang="nn"' in answer.content.decode()
    assert Person.objects.get().language == "nn"


@pytest.mark.parametrize("language", ["", "nb", "en", "x" * 500])
def test_any_other_language_is_met_in_bokmal(client, series, language):
    page = client.get(SIGNUP, {"sprak": language})
    assert page.status_code == 200
    assert '<html lang="nb"' in page.content.decode()


def test_looking_at_the_confirmation_page_confirms_nothing(client, series):
    sign_up(client, series)
    link = mailed_link()
    for method in (client.get, client.head):
        assert method(link).status_code == 200
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("known", ["unknown", "subscriber", "left", "blocked"])
def test_the_answer_is_the_same_whether_the_address_is_known_or_not(client, series, known):
    person = PersonFactory(email="ola@sykehus.example")
    if known == "subscriber":
        SubscriptionFactory(person=person, series=series)
    if known == "left":
        unsubscribe(person, series)
    if known == "blocked":
        SuppressedAddress.objects.create(hash=address_hash(person.email), reason="manual")
    email = "ny@sykehus.example" if known == "unknown" else "OLA@sykehus.example"
    response = sign_up(client, series, email)
    assert (response.status_code, response["Location"]) == (302, "/brev/abonner/sendt/")
    assert client.get(response["Location"]).status_code == 200


def test_signing_up_never_changes_a_person_before_the_confirmation(client, series):
    person = PersonFactory(email="ola@sykehus.example", first_name="Ola", last_name="Hansen")
    unsubscribe(person, series)
    sign_up(client, series, "ola@sykehus.example", first_name="En", last_name="Annen")
    assert Subscription.objects.get(person=person).status == Subscription.Status.UNSUBSCRIBED
    client.post(mailed_link())
    person.refresh_from_db()
    assert person.name == "Ola Hansen"
    assert Subscription.objects.get(person=person).status == Subscription.Status.ACTIVE


def test_an_address_blocked_by_hand_gets_no_mail(client, series):
    SuppressedAddress.objects.create(hash=address_hash("ola@sykehus.example"), reason="manual")
    sign_up(client, series, "ola@sykehus.example")
    assert mails.send_waiting_signup_mails() == 0


def test_an_erased_person_may_come_back_by_signing_up(client, series):
    SuppressedAddress.objects.create(hash=address_hash("ola@sykehus.example"), reason="erased")
    sign_up(client, series, "ola@sykehus.example")
    client.post(mailed_link())
    assert not SuppressedAddress.objects.exists()


def test_a_further_address_belongs_to_the_person_already_registered(client, series):
    person = PersonFactory()
    PersonAddress.objects.create(person=person, email="gammel@sykehus.example")
    sign_up(client, series, "gammel@sykehus.example")
    client.post(mailed_link())
    assert Person.objects.get() == person
    assert Subscription.objects.get().person == person


def test_the_box_for_measuring_is_unticked_and_its_wording_is_stored(client, series):
    html = client.get(SIGNUP).content.decode()
    box = re.search(r'<input[^>]*name="measuring"[^>]*>', html)[0]
    assert "checked" not in box
    sign_up(client, series, measuring="on")
    client.post(mailed_link())
    consent = MeasuringConsent.objects.get()
    assert "måle" in consent.wording
    assert "10 dager" in consent.wording
    assert consent.withdrawn_at is None


def test_without_the_tick_there_is_no_consent(client, series):
    sign_up(client, series)
    client.post(mailed_link())
    assert not MeasuringConsent.objects.exists()


@pytest.mark.parametrize("mode", ["anonymous", "off"])
def test_the_box_is_only_shown_where_consent_is_needed(client, site, series, mode):
    ServiceSettings.objects.filter(site=site).update(measuring_mode=mode)
    assert 'name="measuring"' not in client.get(SIGNUP).content.decode()


def test_a_confirmation_opened_again_says_that_it_is_confirmed_and_changes_nothing(client, series):
    sign_up(client, series)
    link = mailed_link()
    client.post(link)
    unsubscribe(Person.objects.get(), series)
    page = client.get(link).content.decode()
    assert "Påmeldingen er bekreftet" in page
    assert "Ja, send meg brev" not in page
    assert Subscription.objects.get().status == Subscription.Status.UNSUBSCRIBED


def test_pressing_the_confirmation_twice_changes_nothing_more(client, series):
    sign_up(client, series)
    link = mailed_link()
    client.post(link)
    person = Person.objects.get()
    unsubscribe(person, series)
    assert client.post(link).status_code == 200
    assert Subscription.objects.get().status == Subscription.Status.UNSUBSCRIBED


@pytest.mark.parametrize("purpose", ["unsubscribe", "preferences", "erase", "click"])
def test_a_token_of_another_purpose_confirms_nothing(client, series, purpose):
    sign_up(client, series)
    request = SignupRequest.objects.get()
    response = client.post(reverse("newsletters:confirm", args=[make_token(purpose, request.pk)]))
    assert response.status_code == 404
    assert not Subscription.objects.exists()


def test_a_link_too_old_says_so_and_leads_back_to_the_sign_up(client, series, time_machine):
    sign_up(client, series)
    link = mailed_link()
    time_machine.move_to(timezone.now() + timedelta(days=8))
    response = client.post(link)
    assert response.status_code == 410
    assert SIGNUP in response.content.decode()


def test_sign_ups_are_erased_after_a_week_whether_confirmed_or_not(client, series, time_machine):
    sign_up(client, series)
    confirm(SignupRequest.objects.get().pk)
    assert erase_old_requests() == 0
    time_machine.move_to(timezone.now() + timedelta(days=8))
    assert erase_old_requests() > 0
    assert not SignupRequest.objects.exists()


def test_one_address_gets_only_a_few_mails_an_hour(client, series):
    for _attempt in range(5):
        assert sign_up(client, series).status_code == 302
    assert mails.send_waiting_signup_mails() == 3


def test_the_same_form_sent_twice_gives_one_mail(client, series):
    from tests.core.anonymous import OWN_ORIGIN, sealed

    form = {**sealed(), "email": "kari@sykehus.example", "series": [series.pk]}
    for _attempt in range(2):
        assert client.post(SIGNUP, form, headers=OWN_ORIGIN).status_code == 302
    assert SignupRequest.objects.count() == 1


def test_what_was_written_is_kept_when_something_is_missing(client, series):
    SeriesFactory()
    response = post(client, SIGNUP, {"email": "feil adresse", "first_name": "Kari"})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="feil adresse"' in html
    assert 'value="Kari"' in html
    assert "Skriv adressen slik" in html
    assert "Velg minst ett brev" in html


def test_a_series_that_is_closed_for_sign_up_cannot_be_asked_for(client, series):
    closed = SeriesFactory(is_public=False)
    SeriesFactory()
    assert sign_up(client, closed).status_code == 200
    assert client.get(reverse("newsletters:signup_series", args=[closed.slug])).status_code == 404
    assert not SignupRequest.objects.exists()


def test_a_series_has_its_own_sign_up_page(client, series):
    SeriesFactory()
    url = reverse("newsletters:signup_series", args=[series.slug])
    assert "TSB-lederbrev" in client.get(url).content.decode()
    post(client, url, {"email": "kari@sykehus.example"})
    assert list(SignupRequest.objects.get().series.all()) == [series]


def test_the_pages_set_no_cookie_and_are_not_stored(client, series):
    sign_up(client, series)
    link = mailed_link()
    for response in (client.get(SIGNUP), sign_up(client, series), client.get(link), client.post(link)):
        assert not response.cookies
        assert "no-store" in response["Cache-Control"]


def test_the_mails_say_that_a_machine_wrote_them_and_have_text_and_html(client, series):
    sign_up(client, series)
    mailed_link()
    message = mail.outbox[-1]
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert [kind for _body, kind in message.alternatives] == ["text/html"]
    assert "<" not in message.body
    assert message.from_email.endswith("<brev@tjenesten.example>")


def test_a_refused_address_does_not_hold_up_the_next(client, series, monkeypatch):
    from smtplib import SMTPRecipientsRefused

    sign_up(client, series, "borte@sykehus.example")
    sign_up(client, series, "her@sykehus.example")
    send = mails.send_system_mail

    def refuse(template, subject, to, *args, **kwargs):
        if to == ["borte@sykehus.example"]:
            raise SMTPRecipientsRefused({to[0]: (550, b"no such user")})
        send(template, subject, to, *args, **kwargs)

    monkeypatch.setattr(mails, "send_system_mail", refuse)
    mails.send_waiting_signup_mails()
    assert [message.to for message in mail.outbox] == [["her@sykehus.example"]]


def test_no_mail_is_lost_when_the_mail_server_is_away(client, series, monkeypatch):
    sign_up(client, series)
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMultiAlternatives.send", _no_server)
        with pytest.raises(OSError):
            mails.send_waiting_signup_mails()
    assert mails.send_waiting_signup_mails() == 1


def _no_server(self):
    raise ConnectionRefusedError


def test_a_queue_that_does_not_answer_does_not_stop_a_sign_up(
    client, series, monkeypatch, django_capture_on_commit_callbacks
):
    from celery.exceptions import OperationalError

    from newsletters import link_mails, tasks_statistics

    def broken(*args, **kwargs):
        raise OperationalError

    monkeypatch.undo()
    monkeypatch.setattr(tasks_statistics.mail_signups, "apply_async", broken)
    with django_capture_on_commit_callbacks(execute=True):
        assert sign_up(client, series).status_code == 302
    assert link_mails.enqueue(tasks_statistics.mail_signups) is False
    assert mails.send_waiting_signup_mails() == 1
