"""Logging in through an organisation, with a real OpenID Connect server on this machine."""

import re
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from oidc_provider_mock import User as Claims
from oidc_provider_mock import run_server_in_thread

from accounts.models import User
from accounts.roles import Role
from directory.models import Person
from tests.accounts.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN = "/konto/oidc/sykehus/login/"
CONNECT = f"{LOGIN}?process=connect"


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves the way back to the portal to the test's own client."""

    def redirect_request(self, *args, **kwargs):
        """Follow nothing."""


@pytest.fixture
def provider(settings, site) -> Iterator[str]:
    """The organisation's log-in service; the address of its start page."""
    settings.MFA_REQUIRED = False
    users = [
        Claims(sub="ansatt-1", claims={"email": "kari@sykehus.example", "email_verified": True}),
        Claims(sub="ansatt-2", claims={"email": "kari@sykehus.example", "email_verified": False}),
        Claims(sub="ansatt-3", claims={"email": "ny@sykehus.example", "email_verified": True}),
        Claims(sub="ansatt-4", claims={}),
    ]
    with run_server_in_thread(user_claims=users) as server:
        address = f"http://localhost:{server.server_port}"
        app = {
            "provider_id": "sykehus",
            "name": "Sykehuset",
            "client_id": "portal",
            "secret": "hemmelig",
            "settings": {"server_url": address},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield address


@pytest.fixture
def kari(provider) -> User:
    """An adviser with a confirmed address, the same the organisation has."""
    user = make_user(Role.ADVISER, "kari@sykehus.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def go_through(client: Client, start: str, who: str):
    """Press the button, log in at the organisation as `who`, and come back; returns the portal's answer."""
    sent_on = client.post(start)
    address = re.search(r'url=(http[^"]+)"', sent_on.content.decode())[1].replace("&amp;", "&")
    told = urllib.parse.urlencode({"sub": who}).encode()
    opener = urllib.request.build_opener(NoRedirects)
    with pytest.raises(urllib.error.HTTPError) as back:
        opener.open(urllib.request.Request(address, told))
    return client.get(back.value.headers["Location"].removeprefix("http://testserver"))


def is_logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_user_connects_once_and_then_logs_in_through_the_organisation(client, kari):
    client.force_login(kari, backend="django.contrib.auth.backends.ModelBackend")
    assert 'href="/konto/3rdparty/"' in client.get("/min-side/").content.decode()
    assert CONNECT in client.get("/konto/3rdparty/").content.decode()
    assert go_through(client, CONNECT, "ansatt-1").headers["Location"] == "/konto/3rdparty/"
    assert SocialAccount.objects.get().user == kari
    other = Client()
    assert LOGIN in other.get("/konto/login/").content.decode()
    assert go_through(other, LOGIN, "ansatt-1").headers["Location"] == "/admin/"
    assert other.session["_auth_user_id"] == str(kari.pk)


@pytest.mark.parametrize("who", ["ansatt-1", "ansatt-2"])
def test_an_address_confirmed_or_not_leads_into_no_account_that_exists(client, kari, who):
    answer = go_through(client, LOGIN, who)
    assert "koble til organisasjonen din" in answer.content.decode()
    assert not is_logged_in(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("who", ["ansatt-3", "ansatt-4", "ukjent"])
def test_nobody_gets_an_account_through_an_organisation(client, provider, who):
    Person.objects.create(first_name="Ny", last_name="Ansatt", email="ny@sykehus.example")
    before = User.objects.count()
    assert "invitasjon" in go_through(client, LOGIN, who).content.decode()
    client.post("/konto/3rdparty/signup/", {"email": "ny@sykehus.example"})
    assert not is_logged_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 0)


def test_an_identity_that_is_connected_cannot_be_taken_over_by_another_user(client, kari):
    client.force_login(kari, backend="django.contrib.auth.backends.ModelBackend")
    go_through(client, CONNECT, "ansatt-1")
    thief = Client()
    thief.force_login(make_user(Role.READER), backend="django.contrib.auth.backends.ModelBackend")
    go_through(thief, CONNECT, "ansatt-1")
    assert SocialAccount.objects.get().user == kari


def test_a_second_factor_is_asked_for_here_too(client, kari, settings):
    client.force_login(kari, backend="django.contrib.auth.backends.ModelBackend")
    go_through(client, CONNECT, "ansatt-1")
    settings.MFA_REQUIRED = True
    other = Client()
    go_through(other, LOGIN, "ansatt-1")
    assert other.get("/admin/").headers["Location"] == "/konto/2fa/totp/activate/"


def test_a_connection_is_taken_away_and_then_lets_nobody_in(client, kari):
    client.force_login(kari, backend="django.contrib.auth.backends.ModelBackend")
    go_through(client, CONNECT, "ansatt-1")
    client.post("/konto/3rdparty/", {"account": SocialAccount.objects.get().pk})
    assert not SocialAccount.objects.exists()
    other = Client()
    go_through(other, LOGIN, "ansatt-1")
    assert not is_logged_in(other)


def test_someone_who_is_shut_out_does_not_get_in_through_the_organisation(client, kari):
    client.force_login(kari, backend="django.contrib.auth.backends.ModelBackend")
    go_through(client, CONNECT, "ansatt-1")
    User.objects.filter(pk=kari.pk).update(is_active=False)
    other = Client()
    go_through(other, LOGIN, "ansatt-1")
    assert not is_logged_in(other)


def test_an_organisation_that_does_not_answer_gives_a_plain_page(client, provider, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = (
        "http://127.0.0.1:9"
    )
    answer = client.post(LOGIN)
    assert answer.status_code == 503
    assert "svarer ikke" in answer.content.decode()
