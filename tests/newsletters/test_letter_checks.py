"""The checks before sending: what stops, what only warns, and that each leads to the place to mend."""

import re

import pytest
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import PageViewRestriction, Site

from core.models import ServiceSettings
from newsletters.letter_checks import check_letter, may_be_sent
from newsletters.rendering import render_letter
from tests.core.factories import make_article
from tests.newsletters.factories import SeriesFactory, make_letter, make_sender
from tests.newsletters.test_rendering import make_picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.MFA_REQUIRED = False


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


# Previews


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
