"""The list of mail nobody could place, by real requests: who may see it, how it is shown, what may be done."""

import pytest
from celery.exceptions import OperationalError
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.bounces import outgoing
from newsletters.bounces.handle import handle
from newsletters.models import StrayMail, SuppressedAddress, address_hash
from tests.newsletters.factories import SeriesFactory
from tests.newsletters.returned import DOMAIN, comes_back, mail, sent_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings(site, settings):
    settings.MFA_REQUIRED = False
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


@pytest.fixture
def adviser(client):
    ensure_roles()
    user = User.objects.create_user("adviser@tjenesten.example")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


@pytest.fixture
def recipient():
    return sent_letters()[0]


@pytest.fixture
def stray(recipient) -> StrayMail:
    """A failure report without key that names an address a letter was sent to."""
    comes_back("forged-key", recipient)
    return StrayMail.objects.get()


# Session, user, rights and Wagtail's frame; of the list itself three: how many, the rows with their series, and
# those sent on lately.
LIST_QUERIES = 14


def address(name: str, stray: StrayMail | None = None) -> str:
    return reverse(f"stray_mail:{name}", args=[stray.pk] if stray else [])


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER, Role.CONSULTANT])
def test_only_those_who_send_letters_see_mail_that_came_back(client, adviser, stray, role, sink):
    adviser.groups.set([group_of(role)])
    for name in ("show", "send_on", "mark_hard", "delete"):
        for response in (client.get(address(name, stray)), client.post(address(name, stray))):
            assert response.status_code in (302, 403, 405), name
            assert "Undelivered" not in response.content.decode(errors="replace")
    assert client.get(address("index")).status_code in (302, 403)
    assert StrayMail.objects.count() == 1
    assert sink.received == []


def test_the_menu_leads_there_only_those_who_send(client, adviser):
    assert address("index") in client.get("/admin/").content.decode()
    adviser.groups.set([group_of(Role.READER)])
    assert address("index") not in client.get("/admin/").content.decode()


def test_nothing_happens_by_following_a_link(client, adviser, stray):
    for name in ("send_on", "mark_hard", "delete"):
        assert client.get(address(name, stray)).status_code == 405
    assert StrayMail.objects.count() == 1


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_costs_the_same_for_one_mail_and_for_twenty(
    client, adviser, recipient, number, django_assert_num_queries
):
    series = SeriesFactory()
    for count in range(number):
        StrayMail.objects.create(subject=f"Emne {count}", sender="a@b.example", body=b"x", series=series)
        StrayMail.objects.create(state="done", forwarded_at=timezone.now(), body=b"", series=series)
    client.get(address("index"))
    with django_assert_num_queries(LIST_QUERIES):
        response = client.get(address("index"))
    assert "Emne 0" in response.content.decode()


def test_a_mail_is_shown_as_text_and_never_as_a_page(client, adviser, recipient):
    comes_back("advertisement")
    shown = client.get(address("show", StrayMail.objects.get())).content.decode()
    assert "Kjøp bøker i dag. &lt;script&gt;alert(1)&lt;/script&gt;" in shown
    html = b"From: <b>x</b> <a@b.example>\nSubject: <img src=x>\nContent-Type: text/html; charset=utf-8\n\n"
    handle(html + b"<p>Hei <img src='http://spor.example/x.gif'> deg</p><style>p{color:red}</style>")
    shown = client.get(address("show", StrayMail.objects.get(subject="<img src=x>"))).content.decode()
    assert "spor.example" not in shown
    assert "<img src=x>" not in shown


@pytest.fixture
def woken(monkeypatch) -> list[int]:
    """How often a worker was told of mail to send on; none runs."""
    calls: list[int] = []
    monkeypatch.setattr("newsletters.tasks_bounces.forward_mail.delay", lambda: calls.append(1))
    return calls


def listed(client) -> str:
    return client.get(address("index")).content.decode()


def test_a_mail_is_sent_on_by_a_worker_and_never_while_the_adviser_waits(
    client, adviser, stray, sink, woken, django_capture_on_commit_callbacks
):
    series = SeriesFactory(reply_to="svar@tjenesten.example")
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("send_on", stray), {"series": series.pk}, follow=True)
    assert "E-posten videresendes til svar@tjenesten.example" in response.content.decode()
    assert sink.received == []
    assert woken == [1]
    assert stray.subject in listed(client)
    assert outgoing.forward_waiting() == 1
    assert sink.receivers() == ["svar@tjenesten.example"]
    assert b"Undelivered Mail Returned to Sender" in sink.received[0].raw
    page = listed(client)
    assert "svar@tjenesten.example" in page
    assert stray.subject not in page


def test_a_mail_on_its_way_cannot_be_sent_on_twice(client, adviser, stray, sink, woken):
    first, second = SeriesFactory(), SeriesFactory()
    client.post(address("send_on", stray), {"series": first.pk})
    shown = client.get(address("show", stray)).content.decode()
    assert address("send_on", stray) not in shown
    response = client.post(address("send_on", stray), {"series": second.pk}, follow=True)
    assert "E-posten er allerede på vei." in response.content.decode()
    assert StrayMail.objects.get().series == first
    outgoing.forward_waiting()
    assert client.post(address("send_on", stray), {"series": second.pk}).status_code == 404
    assert len(sink.received) == 1


def test_without_a_broker_a_mail_is_sent_on_with_the_next_round(
    client, adviser, stray, sink, monkeypatch, django_capture_on_commit_callbacks
):
    def broken():
        raise OperationalError

    monkeypatch.setattr("newsletters.tasks_bounces.forward_mail.delay", broken)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("send_on", stray), {"series": SeriesFactory().pk})
    assert response.status_code == 302
    assert outgoing.forward_waiting() == 1


def test_a_mail_that_cannot_be_sent_on_stays_with_the_reason_and_may_be_sent_on_again(
    client, adviser, stray, sink, woken, settings
):
    series = SeriesFactory()
    sink.refuse_receivers = {"brev": "550 5.7.1 Nei takk"}
    client.post(address("send_on", stray), {"series": series.pk})
    outgoing.forward_waiting()
    for page in (listed(client), client.get(address("show", stray)).content.decode()):
        assert "Kunne ikke videresendes" in page
        assert "Nei takk" in page
    assert client.post(address("send_on", stray), {}).status_code == 200
    sink.refuse_receivers = {}
    client.post(address("send_on", stray), {"series": series.pk})
    assert "Nei takk" not in listed(client)
    assert outgoing.forward_waiting() == 1


def test_while_the_mail_server_is_away_the_list_says_that_the_mail_waits_and_why(
    client, adviser, stray, woken, mail_server_is_away
):
    client.post(address("send_on", stray), {"series": SeriesFactory().pk})
    outgoing.forward_waiting()
    page = listed(client)
    assert "Videresendes" in page
    assert "Ikke ennå:" in page
    assert "Neste forsøk:" in page
    assert StrayMail.objects.get().body


def test_an_empty_list_says_so(client, adviser):
    assert "Ingen post venter." in listed(client)


def test_of_a_mail_that_was_sent_on_there_is_no_page(client, adviser, stray, sink, woken):
    client.post(address("send_on", stray), {"series": SeriesFactory().pk})
    outgoing.forward_waiting()
    assert client.get(address("show", stray)).status_code == 404
    for name in ("mark_hard", "delete"):
        assert client.post(address(name, stray), {"address": "a@b.example"}).status_code == 404


def test_an_adviser_may_say_which_address_a_mail_is_the_bounce_of(client, adviser, stray, recipient):
    shown = client.get(address("show", stray)).content.decode()
    assert f'value="{recipient.email}"' in shown
    client.post(address("mark_hard", stray), {"address": recipient.email.upper()})
    recipient.refresh_from_db()
    assert recipient.status == "bounced"
    assert SuppressedAddress.objects.get().hash == address_hash(recipient.email)
    assert not StrayMail.objects.exists()


def test_the_address_of_somebody_who_wrote_to_us_is_not_proposed(client, adviser, recipient, sink):
    sink.refuse_receivers = {"brev": "550 5.7.1 Nei takk"}
    comes_back("human-reply", recipient)
    outgoing.forward_waiting()
    shown = client.get(address("show", StrayMail.objects.get())).content.decode()
    assert f'value="{recipient.email}"' not in shown


@pytest.mark.parametrize("typed", ["noen.andre@helse.example", "ingen adresse", ""])
def test_an_address_no_letter_was_sent_to_is_not_stopped(client, adviser, stray, typed):
    response = client.post(address("mark_hard", stray), {"address": typed})
    assert response.status_code == 200
    if "@" in typed:
        assert "Det er ikke sendt noe brev til denne adressen." in response.content.decode()
    assert not SuppressedAddress.objects.exists()
    assert StrayMail.objects.count() == 1


def test_a_mail_that_is_dealt_with_is_deleted(client, adviser, stray):
    client.post(address("delete", stray))
    assert not StrayMail.objects.exists()
    assert client.get(address("show", stray)).status_code == 404


def test_a_broken_mail_can_be_looked_at_and_sent_on(client, adviser, recipient, sink, woken):
    handle(mail("broken-mime"))
    kept = StrayMail.objects.get()
    assert client.get(address("index")).status_code == 200
    assert client.get(address("show", kept)).status_code == 200
    client.post(address("send_on", kept), {"series": SeriesFactory().pk})
    outgoing.forward_waiting()
    assert b"%%%not base64%%%" in sink.received[0].raw
