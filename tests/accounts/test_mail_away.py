"""The mail server is away, a real one that refuses connections: whoever waits for a mail reads so, and tries again."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache

from accounts.models import User
from directory.models import Person
from tests.accounts.factories import PASSWORD

pytestmark = pytest.mark.django_db


def _says_so(response) -> bool:
    text = response.content.decode()
    return response.status_code == 503 and "E-posttjeneren vår svarer ikke akkurat nå" in text


WAYS = {"password": "/konto/password/reset/", "code": "/konto/login/code/"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("email", ["adviser@example.no", "registered@example.no", "ukjent@example.no"])
def test_who_asks_for_a_mail_reads_a_plain_sentence_known_or_not(
    client, people, mail_server_is_away, settings, way, email
):
    Person.objects.create(first_name="Mette", last_name="Lie", email="registered@example.no")
    assert _says_so(client.post(WAYS[way], {"email": email}))
    assert "_auth_user_id" not in client.session
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert client.post(WAYS[way], {"email": email}).status_code == 302
    assert mail.outbox[-1].to == [email]


def test_a_log_in_that_must_confirm_its_address_first_reads_so_too(client, people, mail_server_is_away):
    user = people["member"]
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    assert _says_so(client.post("/konto/login/", {"login": user.email, "password": PASSWORD}))


def test_a_new_address_can_be_confirmed_when_the_server_is_back(
    client, people, mail_server_is_away, settings, log_in
):
    user = people["member"]
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = log_in("member")
    data = {"email": "ny@example.no", "action_add": ""}
    assert _says_so(client.post("/konto/email/", data))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()  # three minutes later: no address gets confirmation mails more often
    client.post("/konto/email/", {"email": "ny@example.no", "action_send": ""})
    assert mail.outbox[-1].to == ["ny@example.no"]
    assert User.objects.get(pk=user.pk).email == "member@example.no"


def test_a_mailbox_that_does_not_exist_gives_the_same_answer_as_any_other(client, people, monkeypatch):
    from smtplib import SMTPRecipientsRefused

    def refuse(self, *args, **kwargs):
        raise SMTPRecipientsRefused({self.to[0]: (550, b"no such user")})

    cache.clear()
    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    for email in ("adviser@example.no", "ukjent@example.no"):
        answer = client.post(WAYS["password"], {"email": email})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/konto/password/reset/done/")
