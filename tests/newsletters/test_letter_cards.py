"""Cards in a letter: readable without pictures and aloud, cut between words, and one row in the figures."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.letter_checks import check_letter
from newsletters.models import DeliveryLink
from newsletters.pictures import hero_rendition
from newsletters.rendering import render_letter
from newsletters.report_files import csv_text
from newsletters.rollup import roll_up
from newsletters.statistics import LetterFigures
from tests.core.factories import make_article
from tests.newsletters.factories import make_delivery, make_letter
from tests.newsletters.sent import click, let_time_pass, reader, sent_delivery
from tests.newsletters.test_rendering import make_picture

pytestmark = pytest.mark.django_db

LONG = "Behandlingsavbrudd forebygges best når pasienten får svar raskt og vet hvem som følger opp. " * 5


@pytest.fixture
def letter(site):
    """A letter with one card that has a picture, and the same page once more as a button."""
    article = make_article(title="Frist & svar", lead=LONG[:400], slug="frist", picture=make_picture())
    return make_letter(
        body=[
            ("page_cards", {"title": "Nytt", "pages": [article]}),
            ("button", {"text": "Les saken", "page": article, "url": ""}),
        ]
    )


def test_the_picture_of_a_card_says_where_its_link_leads(letter):
    html = render_letter(letter).html
    linked = re.findall(
        r'<a [^>]*href="http://localhost:8000/aktuelt/frist/"[^>]*>(.*?)</a>', html, re.DOTALL
    )
    assert len(linked) == 3
    assert 'alt="Frist &amp; svar"' in linked[0]


def test_the_text_of_a_card_ends_with_a_whole_word(letter):
    rendered = render_letter(letter)
    shown = re.search(r"<p[^>]*>(Behandlingsavbrudd forebygges[^<]*)</p>", rendered.html)[1]
    assert shown.endswith(" …")
    assert len(shown) <= 200
    assert LONG.startswith(shown.removesuffix(" …") + " ")
    assert shown.split()[-2:] == rendered.text.split("http://localhost:8000/aktuelt/frist/")[0].split()[-2:]


def test_every_link_of_a_letter_has_a_name_that_can_be_read(letter):
    delivery = make_delivery(letter)
    labels = list(delivery.links.filter(is_trap=False).order_by("number").values_list("label", flat=True))
    assert labels == ["Frist & svar", "Frist & svar", "Les saken"]


def test_an_address_without_words_takes_those_of_another_link_to_the_same_place(site):
    letter = make_letter(body=[("text", '<p>Les <a href="https://example.no/a">rapporten</a>.</p>')])
    from newsletters.links import freeze_links

    delivery = make_delivery(letter, frozen=False)
    html = '<a href="https://example.no/a"><img src="x.jpg" alt=""></a><a href="https://example.no/a">rapporten</a>'
    freeze_links(delivery, html, "https://example.no/a https://example.no/b")
    links = DeliveryLink.objects.filter(delivery=delivery, is_trap=False).order_by("number")
    assert [(link.url[-1], link.label) for link in links] == [
        ("a", "rapporten"),
        ("a", "rapporten"),
        ("b", ""),
    ]


def test_a_cards_picture_and_title_are_one_row_of_the_figures(site):
    delivery = sent_delivery(links=1)
    for number, label in ((2, ""), (3, "Frist & svar"), (4, "Les saken")):
        delivery.links.create(number=number, url="https://example.no/frist", label=label)
    for number in (1, 2, 3, 3, 4):
        click(delivery, number, client=reader(f"192.0.2.{number}"))
    let_time_pass()
    roll_up()
    rows = [(row.number, row.label, row.clicks) for row in LetterFigures(delivery).links]
    assert rows == [(1, "Lenke 1", 1), (2, "Frist & svar", 3), (4, "Les saken", 1)]
    assert "2. Frist & svar" in csv_text(LetterFigures(delivery))


def test_drafts_are_found_in_the_menu_of_letters(letter, client, settings):
    settings.MFA_REQUIRED = False
    ensure_roles()
    adviser = User.objects.create_user("adviser@tjenesten.example")
    adviser.groups.add(group_of(Role.ADVISER))
    client.force_login(adviser)
    address = reverse("letter_list:index")
    assert address in client.get(reverse("wagtailadmin_home")).content.decode()
    page = client.get(address).content.decode()
    assert reverse("wagtailadmin_pages:edit", args=[letter.pk]) in page
    assert reverse("newsletters_admin:send", args=[letter.pk]) in page
    assert letter.title not in client.get(address, {"live": "True"}).content.decode()


def test_a_letter_with_cards_has_nothing_to_mend(letter):
    checks = check_letter(letter, render_letter(letter))
    assert not [check.text for check in checks if check.level == "stop"]


@pytest.mark.parametrize(("size", "shown"), [((1600, 1000), 750), ((1600, 400), 300), ((1500, 2400), 900)])
def test_the_picture_on_top_is_shown_whole_unless_it_would_fill_the_screen(site, size, shown):
    picture = hero_rendition(make_picture(size=size), alt="Et kart")
    assert (picture.width, picture.height, picture.alt) == (1200, shown, "Et kart")
