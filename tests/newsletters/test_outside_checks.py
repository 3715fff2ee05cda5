"""The checks that ask other sites before a letter is sent, against a real web server."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from core import outside
from newsletters import letter_links, outside_checks
from newsletters.letter_links import ASKING
from newsletters.spam import SpamScore
from newsletters.tasks import check_outside
from tests.newsletters.factories import make_letter, make_sender
from tests.newsletters.test_letter_checks import letter_with
from tests.newsletters.web_server import running_web_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(settings, monkeypatch):
    settings.MFA_REQUIRED = False
    settings.LINK_CHECK_EXTERNAL = True
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    monkeypatch.setattr("newsletters.spam.shutil.which", lambda name: None)
    monkeypatch.setattr(outside, "PAUSE_SECONDS", 0)
    cache.clear()


@pytest.fixture
def web(settings):
    """A web server that may be asked although it stands inside."""
    settings.LINK_CHECK_ALLOWED = frozenset({"127.0.0.1"})
    with running_web_server() as server:
        yield server


@pytest.fixture
def queued(monkeypatch):
    """The jobs that were queued; no worker runs."""
    calls = []
    monkeypatch.setattr(check_outside, "apply_async", lambda args, **options: calls.append(args))
    return calls


def texts(letter, level):
    return [check.text for check in outside_checks.outside_state(letter).checks if check.level == level]


def test_every_address_is_asked_once_however_often_it_stands_in_the_letter(site, web, queued):
    web.answers = {"/flyttet": (301, "/ny")}
    links = "".join(
        f'<p><a href="{web.address}{path}">x</a></p>' for path in ("/bra", "/bra", "/flyttet", "/en%20til")
    )
    letter = letter_with(links)
    outside_checks.begin(letter)
    outside_checks.begin(letter)
    assert len(queued) == 1
    assert outside_checks.outside_state(letter).is_asking
    check_outside(*queued[0])
    assert sorted(web.asked) == [("HEAD", path) for path in ("/bra", "/en%20til", "/flyttet", "/ny")]
    state = outside_checks.outside_state(letter)
    assert not state.is_asking
    assert not state.is_open
    assert texts(letter, "good") == ["Alle 3 lenker til andre nettsteder svarer."]
    outside_checks.begin(letter)
    assert len(queued) == 1
    outside_checks.begin(letter, again=True)
    assert len(queued) == 2


def test_dead_links_are_told_from_sites_that_let_no_machine_in(site, web, queued, monkeypatch):
    monkeypatch.setattr(outside, "TIMEOUT_SECONDS", 0.3)
    web.answers = {"/borte": 404, "/fjernet": 410, "/stengt": 403, "/for-mange": 429, "/nede": 500}
    paths = ("/bra", "/borte", "/fjernet", "/stengt", "/for-mange", "/nede", "/slow")
    letter = letter_with("".join(f'<p><a href="{web.address}{path}">x</a></p>' for path in paths))
    outside_checks.begin(letter)
    check_outside(*queued[0])
    checks = outside_checks.outside_state(letter).checks
    dead = [check for check in checks if check.level == "warn"]
    unsure = [check for check in checks if check.level == "note" and check.address]
    assert [check.text.partition(": ")[0] for check in dead] == [
        web.address + "/borte",
        web.address + "/fjernet",
    ]
    assert "404" in dead[0].text
    assert [check.text.partition(" ")[0] for check in unsure] == [web.address + path for path in paths[3:]]
    assert all("se selv" in check.text for check in unsure)
    assert all(f"contentpath=body.{letter.body[0].id}" in check.address for check in (*dead, *unsure))
    assert texts(letter, "good") == ["1 av 7 lenker til andre nettsteder svarer."]


def test_addresses_inside_the_network_are_never_spoken_to(site, queued):
    with running_web_server() as inside:
        letter = letter_with(f'<p><a href="{inside.address}/hemmelig">x</a></p>')
        outside_checks.begin(letter)
        check_outside(*queued[0])
        assert inside.asked == []
    (warning,) = [check for check in outside_checks.outside_state(letter).checks if check.level == "warn"]
    assert "lukket nett" in warning.text


def test_a_site_that_keeps_silent_holds_up_nobody(site, web, queued, monkeypatch):
    monkeypatch.setattr(outside, "TIMEOUT_SECONDS", 0.3)
    letter = letter_with(f'<p><a href="{web.address}/slow">x</a> <a href="{web.address}/bra">y</a></p>')
    outside_checks.begin(letter)
    check_outside(*queued[0])
    known = letter_links.answers([f"{web.address}/slow", f"{web.address}/bra"])
    assert list(known.values()) == ["timeout", ""]


def test_links_nobody_came_to_ask_in_time_are_asked_anew_and_not_called_slow(site, web, queued, monkeypatch):
    monkeypatch.setattr(letter_links, "PATIENCE", 0.3)
    monkeypatch.setattr(letter_links, "AT_A_TIME", 1)
    monkeypatch.setattr(outside, "TIMEOUT_SECONDS", 1)
    letter = letter_with(f'<p><a href="{web.address}/slow">x</a> <a href="{web.address}/bra">y</a></p>')
    outside_checks.begin(letter)
    check_outside(*queued[0])
    assert letter_links.answers([f"{web.address}/bra"]) == {f"{web.address}/bra": None}
    state = outside_checks.outside_state(letter)
    assert state.is_open
    assert not any(check.level == "warn" for check in state.checks)


def test_other_sites_are_left_alone_where_the_operator_has_turned_it_off(site, settings, queued):
    settings.LINK_CHECK_EXTERNAL = False
    letter = make_letter()
    outside_checks.begin(letter)
    assert queued == []
    state = outside_checks.outside_state(letter)
    assert {check.level for check in state.checks} == {"note"}
    assert "ble ikke prøvd" in state.checks[0].text
    assert not state.is_open


def test_the_send_page_says_only_that_links_are_left_alone_where_the_operator_has_turned_it_off(
    site, settings, client, queued, monkeypatch
):
    settings.LINK_CHECK_EXTERNAL = False
    letter = make_letter()
    client.force_login(make_sender())
    url = reverse("newsletters_admin:outside", args=[letter.pk])
    htmx = {"headers": {"HX-Request": "true"}}
    assert "<button" not in client.get(url, **htmx).content.decode()
    monkeypatch.setattr(outside_checks, "is_installed", lambda: True)
    asking = client.post(url, **htmx).content.decode()
    assert "ble ikke prøvd" in asking
    assert "Regner ut søppelpostpoeng" in asking
    monkeypatch.setattr(outside_checks, "spam_score", lambda message: SpamScore(1.0, 5.0, ()))
    check_outside(*queued[0])
    told = client.get(url, **htmx).content.decode()
    assert "ble ikke prøvd" in told
    assert not [words for words in (asking, told) if "Prøv lenkene" in words or "Prøver lenkene" in words]
    assert "<button" not in told


def test_the_send_page_asks_in_the_background_and_a_look_alone_asks_nothing(site, client, web, queued):
    letter = letter_with(f'<p><a href="{web.address}/borte">x</a></p>')
    web.answers = {"/borte": 410}
    client.force_login(make_sender())
    page = client.get(reverse("newsletters_admin:send", args=[letter.pk])).content.decode()
    url = reverse("newsletters_admin:outside", args=[letter.pk])
    assert f'hx-post="{url}"' in page
    assert 'hx-trigger="load, submit"' in page
    htmx = {"headers": {"HX-Request": "true"}}
    assert "hx-get" not in client.get(url, **htmx).content.decode()
    assert queued == []
    assert f'hx-get="{url}"' in client.post(url, **htmx).content.decode()
    check_outside(*queued[0])
    shown = client.get(url, **htmx).content.decode()
    assert "410" in shown
    assert "hx-get" not in shown
    assert client.post(url).status_code == 302


def test_a_queue_that_does_not_answer_is_told_and_can_be_tried_again(site, client, monkeypatch):
    letter = make_letter()
    client.force_login(make_sender())

    def fail(*args, **options):
        raise OSError("away")

    monkeypatch.setattr(check_outside, "apply_async", fail)
    url = reverse("newsletters_admin:outside", args=[letter.pk])
    shown = client.post(url, headers={"HX-Request": "true"}).content.decode()
    assert "køen" in shown
    assert 'hx-trigger="load' not in shown
    assert ASKING not in letter_links.answers(["https://example.no/pamelding"]).values()
