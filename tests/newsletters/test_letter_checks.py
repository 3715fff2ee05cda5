"""The checks before sending: what stops, what only warns, and that each leads to the place to mend."""

import os
import re
import stat

import pytest
from django.core.cache import cache
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import PageViewRestriction, Site

from core import outside
from core.models import ServiceSettings
from newsletters import letter_links, outside_checks, spam
from newsletters.letter_checks import check_letter, may_be_sent
from newsletters.letter_links import ASKING
from newsletters.rendering import render_letter
from newsletters.tasks import check_outside
from tests.core.factories import make_article
from tests.newsletters.factories import SeriesFactory, make_letter, make_sender
from tests.newsletters.test_rendering import make_picture
from tests.newsletters.web_server import running_web_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.MFA_REQUIRED = False
    settings.LINK_CHECK_EXTERNAL = True
    settings.SPAMASSASSIN = ""
    settings.CACHES = {
        **settings.CACHES,
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    cache.clear()


@pytest.fixture
def web(monkeypatch):
    """A web server at a public address, as far as the check can tell."""
    monkeypatch.setattr("core.outside.public_address", lambda host, port: host)
    with running_web_server() as server:
        yield server


@pytest.fixture
def queued(monkeypatch):
    """The jobs that were queued; no worker runs."""
    calls = []
    monkeypatch.setattr(check_outside, "apply_async", lambda args, **options: calls.append(args))
    return calls


def findings(letter, level):
    return [check for check in check_letter(letter, render_letter(letter)) if check.level == level]


def letter_with(html, **fields):
    return make_letter(body=[("text", html)], **fields)


# Links to this site


@pytest.mark.parametrize(
    ("address", "is_broken"),
    [
        ("/aktuelt/sak/", False),
        ("/gammel-adresse/", False),
        ("/finnes-ikke/", True),
        ("/aktuelt/lukket/", True),
        ("/dokumenter/99999/rapport.pdf", True),
        ("/brev/", False),
        ("/brev", False),
        ("/aktuelt/%C3%A5rsrapport/", False),
        ("/aktuelt/årsrapport", False),
        ("/aktuelt/%C3%A5rsmelding/", True),
        ("http://andre.example/aktuelt/sak/", False),
        ("http://ANDRE.example/finnes-ikke/", True),
        ("http://andre.example/aktuelt/lukket", True),
        ("mailto:post@example.no", False),
    ],
)
def test_only_links_that_show_readers_nothing_stop_the_letter(site, address, is_broken):
    page = make_article(slug="sak")
    closed = make_article(slug="lukket")
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    Redirect.objects.create(old_path="/gammel-adresse", redirect_page=page)
    make_article(slug="årsrapport")
    Site.objects.create(hostname="andre.example", root_page=site.root_page)
    # The sign-up's own address, with and without its last slash.
    address = re.sub(r"^/brev(/?)$", reverse("newsletters:signup").removesuffix("/") + r"\1", address)
    letter = letter_with(f'<p>Les <a href="{address}">her</a></p>')
    assert may_be_sent(check_letter(letter, render_letter(letter))) is not is_broken


def test_a_link_to_a_deleted_page_stops_and_leads_to_its_block(site):
    page = make_article(slug="sak")
    letter = letter_with(f'<p><a linktype="page" id="{page.pk}">Rapporten</a></p>')
    assert not findings(letter, "stop")
    page.delete()
    (stop,) = findings(letter, "stop")
    assert "Rapporten" in stop.text
    edit = reverse("wagtailadmin_pages:edit", args=[letter.pk])
    assert stop.address == f"{edit}#:w:contentpath=body.{letter.body[0].id}"


# What stands in the letter


def test_findings_lead_to_the_field_or_block_they_are_about(site):
    picture = make_picture()
    letter = make_letter(
        subject="x" * 110,
        preheader="",
        picture=picture,
        body=[("picture", {"image": picture, "alt": "", "caption": ""})],
    )
    places = {check.address.partition("contentpath=")[2] for check in findings(letter, "warn")}
    assert {"subject", "preheader", "picture_alt", f"body.{letter.body[0].id}.alt"} <= places
    assert may_be_sent(check_letter(letter, render_letter(letter)))


def test_a_letter_of_pictures_only_has_no_text_part_to_speak_of(site):
    letter = make_letter(lead="", body=[("picture", {"image": make_picture(), "alt": "Kart", "caption": ""})])
    assert any("tekstdelen" in check.text for check in findings(letter, "warn"))
    letter = letter_with("<p>Hei</p>", series=letter.series, slug="med-tekst", number=4)
    assert not any("tekstdelen" in check.text for check in findings(letter, "warn"))


def test_a_letter_without_a_way_out_cannot_be_sent(site):
    from dataclasses import replace

    letter = make_letter()
    rendered = render_letter(letter)
    assert may_be_sent(check_letter(letter, rendered))
    damaged = replace(rendered, text=rendered.text.replace("{{slot:unsubscribe_url}}", ""))
    assert not may_be_sent(check_letter(letter, damaged))


def test_a_pale_accent_is_told_with_the_shade_that_is_used(site):
    letter = make_letter()
    assert any("kontrast" in check.text for check in findings(letter, "good"))
    ServiceSettings.objects.update(accent_colour="#ffcc00")
    (warning,) = [check for check in findings(letter, "warn") if "#ffcc00" in check.text]
    assert "settings" in warning.address


def test_a_bounce_domain_of_somebody_else_is_told(site, settings):
    letter = make_letter(SeriesFactory(sender_email="brev@brev.tjenesten.example"))
    settings.BOUNCE_DOMAIN = "retur.tjenesten.example"
    assert not any("retur" in check.text for check in findings(letter, "warn"))
    settings.BOUNCE_DOMAIN = "retur.relay.example"
    assert any("retur.relay.example" in check.text for check in findings(letter, "warn"))


# Links to other sites


def test_every_address_is_asked_once_however_often_it_stands_in_the_letter(site, web, queued):
    web.answers = {"/borte": 404, "/flyttet": (301, "/ny"), "/stengt": 403}
    links = "".join(
        f'<p><a href="{web.address}{path}">x</a></p>'
        for path in ("/bra", "/bra", "/borte", "/flyttet", "/stengt")
    )
    letter = letter_with(links)
    outside_checks.begin(letter)
    outside_checks.begin(letter)
    assert len(queued) == 1
    assert outside_checks.outside_state(letter).is_asking
    check_outside(*queued[0])
    assert sorted(web.asked) == [("GET", path) for path in ("/borte", "/bra", "/flyttet", "/ny", "/stengt")]
    state = outside_checks.outside_state(letter)
    assert not state.is_asking
    assert not state.is_open
    (warning,) = [check for check in state.checks if check.level == "warn"]
    assert f"{web.address}/borte" in warning.text
    assert "404" in warning.text
    assert f"contentpath=body.{letter.body[0].id}" in warning.address
    outside_checks.begin(letter)
    assert len(queued) == 1
    outside_checks.begin(letter, again=True)
    assert len(queued) == 2


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
    assert not state.is_open


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


def test_those_who_may_not_send_reach_neither_the_checks_nor_the_previews(site, client, django_user_model):
    letter = make_letter()
    client.force_login(django_user_model.objects.create_user("leser@tjenesten.example"))
    for name, arguments in (("outside", [letter.pk]), ("preview", [letter.pk, "email"])):
        assert client.get(reverse(f"newsletters_admin:{name}", args=arguments)).status_code in (302, 403)


def test_the_send_page_leads_to_all_five_previews(site, client):
    letter = make_letter(live=False)
    client.force_login(make_sender())
    page = client.get(reverse("newsletters_admin:send", args=[letter.pk])).content.decode()
    assert reverse("wagtailadmin_pages:view_draft", args=[letter.pk]) in page
    for mode in ("email", "phone", "no_pictures", "text"):
        url = reverse("newsletters_admin:preview", args=[letter.pk, mode])
        assert url in page
        shown = client.get(url)
        assert "Hei, Kari" in shown.content.decode()
        assert "script-src" not in shown["Content-Security-Policy"]
    assert client.get(reverse("newsletters_admin:preview", args=[letter.pk, "annet"])).status_code == 404


# Spam score


def make_program(path, name, says):
    """Put a program there that keeps the message it gets and says what SpamAssassin says."""
    program = path / name
    (path / "says").write_text(says)
    program.write_text(f"#!/bin/sh\ncat > {path}/message\ncat {path}/says\n")
    os.chmod(program, stat.S_IRWXU)
    return str(program)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "spamc",
            "6.1/5.0\n\n pts rule name              description\n---- ----------------------\n"
            " 3.5 SUBJ_ALL_CAPS          Subject is all capitals\n-0.1 DKIM_VALID             Signed\n"
            " 2.6 HTML_IMAGE_ONLY        Only pictures\n",
        ),
        (
            "spamassassin",
            "From: a\nX-Spam-Status: Yes, score=6.1 required=5.0\n tests=SUBJ_ALL_CAPS,HTML_IMAGE_ONLY\n"
            " autolearn=no version=4.0.0\nSubject: b\n\nHei",
        ),
    ],
)
def test_a_spam_score_above_the_limit_is_told_with_its_rules(site, settings, tmp_path, queued, name, says):
    settings.SPAMASSASSIN, settings.LINK_CHECK_EXTERNAL = make_program(tmp_path, name, says), False
    letter = make_letter()
    assert outside_checks.outside_state(letter).is_open
    outside_checks.begin(letter)
    check_outside(*queued[0])
    (warning,) = [check for check in outside_checks.outside_state(letter).checks if check.level == "warn"]
    assert "6,1" in warning.text
    assert "SUBJ_ALL_CAPS, HTML_IMAGE_ONLY" in warning.text
    message = (tmp_path / "message").read_bytes()
    assert b"List-Unsubscribe: " in message
    assert b"[Test]" not in message


def test_an_innocent_letter_is_told_so_and_a_silent_program_gives_no_score(site, settings, tmp_path, queued):
    settings.SPAMASSASSIN, settings.LINK_CHECK_EXTERNAL = make_program(tmp_path, "spamc", "0.4/5.0\n"), False
    letter = make_letter()
    outside_checks.begin(letter)
    check_outside(*queued[0])
    assert any("0,4" in check.text for check in outside_checks.outside_state(letter).checks)
    (tmp_path / "says").write_text("0/0\n")
    assert spam.spam_score(b"Subject: x\r\n\r\nHei") is None
    settings.SPAMASSASSIN = str(tmp_path / "borte")
    assert spam.spam_score(b"Subject: x\r\n\r\nHei") is None


def test_without_spamassassin_one_line_says_so(site, monkeypatch):
    monkeypatch.setattr("newsletters.spam.shutil.which", lambda name: None)
    notes = [
        check.text for check in outside_checks.outside_state(make_letter()).checks if check.level == "note"
    ]
    assert len(notes) == 1
    assert "SpamAssassin" in notes[0]
