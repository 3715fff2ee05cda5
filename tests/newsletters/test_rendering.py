"""The letter as mail: parts, links, privacy."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from django.apps import apps
from django.db import connection
from PIL import Image as Pixels

from core.models import PortalImage
from newsletters import plain_text, sending
from newsletters.letter_checks import check_letter, may_be_sent
from newsletters.links import without_trap
from newsletters.models import Delivery
from newsletters.rendering import render_letter, without_pictures
from newsletters.tokens import read_token
from tests.core.factories import make_article
from tests.newsletters.factories import give_consent, make_delivery, make_letter, make_running

pytestmark = pytest.mark.django_db


def make_picture(title="Møte", size=(1600, 1000)):
    from django.core.files.images import ImageFile

    data = BytesIO()
    Pixels.new("RGB", size, (20, 90, 110)).save(data, "PNG")
    data.seek(0)
    return PortalImage.objects.create(title=title, file=ImageFile(data, name="mote.png"), credit="Tegner")


def make_drawing():
    from django.core.files.base import ContentFile

    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
    return PortalImage.objects.create(title="Kart", file=ContentFile(svg, name="kart.svg"), width=9, height=9)


def tags_of(html):
    """The names of the elements a browser would make."""
    found = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.add(tag)

    Tags().feed(html)
    return found


def test_every_block_a_letter_may_hold_has_both_mail_templates(site):
    from django.template.loader import get_template

    from core.blocks import LetterStreamBlock

    for name, block in LetterStreamBlock().child_blocks.items():
        template = getattr(block.meta, "email_template", "")
        assert template.endswith(".mjml"), name
        get_template(template)
        get_template(template.removesuffix(".mjml") + ".txt")


def test_a_whole_letter_is_small_and_needs_nothing_from_third_parties(site):
    picture, article = make_picture(), make_article(lead="Kort om saken", slug="sak")
    letter = make_letter(
        picture=picture,
        body=[
            ("heading", {"text": "Overskrift & mer", "level": "2"}),
            (
                "text",
                '<p>Hei <b>dere</b> <a href="https://example.no/?a=1&amp;b=2">her</a></p><ul><li>En</li></ul>',
            ),
            ("picture", {"image": picture, "alt": "To som prater", "caption": "Møte"}),
            ("button", {"text": "Meld på", "page": article, "url": ""}),
            ("page_cards", {"title": "Nytt", "pages": [article]}),
            ("quote", {"text": "Jeg ble.", "source": "Erfaringskonsulent"}),
            ("divider", None),
        ],
    )
    rendered = render_letter(letter)
    addresses = set(re.findall(r'(?:src|href)="(https?://[^/"]+)', rendered.html))
    assert addresses == {"http://localhost:8000", "https://example.no"}
    assert "fonts.googleapis" not in rendered.html
    assert rendered.size < 100_000
    assert 'alt="To som prater"' in rendered.html
    assert "@media (prefers-color-scheme" in rendered.html.replace(
        "prefers-color-scheme:dark", "prefers-color-scheme"
    )
    assert "<!--[if mso" in rendered.html
    assert "Overskrift &amp; mer" in rendered.html
    assert "Overskrift & mer\n----------------" in rendered.text
    assert "https://example.no/?a=1&b=2" in rendered.text
    assert "http://localhost:8000/aktuelt/sak/" in rendered.text
    assert max(len(line) for line in rendered.text.splitlines() if "http" not in line) <= 72
    assert not re.search(r'<img[^>]* src="http', without_pictures(rendered.html))


def test_what_editors_write_cannot_become_markup_or_an_unknown_slot(site, sink):
    letter = make_letter(title='<script>x</script> "&"', lead="{{slot:finnes_ikke}}")
    delivery = make_running(1, letter=letter)
    sending.send_delivery(delivery.pk)
    page = sink.received[0].part("html")
    assert "script" not in tags_of(page)
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "{{slot:finnes_ikke}}" in page


def test_a_drawing_and_an_unpublished_page_are_left_out_and_pointed_at(site):
    draft = make_article(live=False, title="Hemmelig utkast", slug="utkast")
    shown = make_article(title="Åpen sak", slug="apen-sak")
    letter = make_letter(
        body=[
            ("page_cards", {"title": "", "pages": [draft, shown]}),
            ("picture", {"image": make_drawing(), "alt": "Et kart", "caption": ""}),
            ("picture", {"image": make_picture(), "alt": "To som prater", "caption": ""}),
        ]
    )
    rendered = render_letter(letter)
    assert "Åpen sak" in rendered.html
    assert "Hemmelig" not in rendered.html + rendered.text
    assert 'alt="To som prater"' in rendered.html
    assert ".svg" not in rendered.html
    assert 'alt="Et kart"' not in rendered.html
    warnings = " ".join(check.text for check in check_letter(letter, rendered) if check.level == "warn")
    assert "ikke SVG, så «Kart» blir utelatt" in warnings
    assert "Hemmelig utkast" in warnings


def test_a_letter_in_nynorsk_says_so(site):
    rendered = render_letter(make_letter(language="nn"))
    assert '<html lang="nn"' in rendered.html


# Links


def test_links_get_numbers_and_the_text_uses_the_same_ones(site):
    delivery = make_delivery(subscribers=0)
    links = {link.number: link for link in delivery.links.all()}
    assert links[0].is_trap
    numbered = {link.url: number for number, link in links.items() if number}
    report = numbered["https://example.no/rapport?a=1&b=2"]
    address = f"http://localhost:8000/l/{delivery.key}/{report}" + "{{slot:t}}"
    assert f'href="{address}"' in delivery.html
    assert address in delivery.text
    assert "https://example.no/rapport" not in delivery.html + delivery.text
    assert links[report].label == "rapporten"
    assert delivery.html.count(f"/l/{delivery.key}/0") == 1
    assert f"/l/{delivery.key}/0" not in without_trap(delivery.html)
    assert "data-untracked" not in delivery.html


def test_the_receivers_own_links_and_the_browser_copy_are_not_counted(site):
    delivery = make_delivery()
    assert 'href="{{slot:unsubscribe_url}}"' in delivery.html
    assert f"/brev/utsending/{delivery.key}/" in delivery.html
    assert f"/brev/utsending/{delivery.key}/" in delivery.text
    assert not delivery.links.filter(url__contains="utsending").exists()


def test_with_measuring_off_nothing_is_rewritten(site):
    from core.models import ServiceSettings

    ServiceSettings.objects.update(measuring_mode="off")
    delivery = make_delivery()
    assert "https://example.no/rapport?a=1&amp;b=2" in delivery.html
    assert not delivery.links.exists()


# Privacy


def own_parts(received):
    """The decoded parts with the named slots blanked."""
    message = received.message
    unsubscribe = re.search(r"<(http[^>]+)>", message["List-Unsubscribe"]).group(1)
    html, text = received.part("html"), received.part("plain")
    for part in (html, text):
        assert unsubscribe in part
    blank = [re.escape(unsubscribe), r"http://localhost:8000/preferanser/[\w-]+", r"Hei, Kari\d+"]
    return [re.sub("|".join(blank), "#", part) for part in (html, text)]


def test_two_letters_to_people_without_consent_differ_only_in_the_named_slots(site, sink):
    delivery = make_running(2)
    sending.send_delivery(delivery.pk)
    first, second = sink.received
    assert own_parts(first) == own_parts(second)
    assert "?t=" not in first.part("html") + first.part("plain")
    assert "/o/" not in first.part("html")
    same = ("From", "Subject", "Reply-To", "List-Id", "List-Unsubscribe-Post", "Precedence", "Content-Type")
    assert [first.message[name] for name in same] == [second.message[name] for name in same]


def test_only_those_who_said_yes_get_a_pixel_and_own_links(site, sink):
    delivery = make_running(3)
    yes, gone, _no = (row.person for row in delivery.recipients.order_by("pk"))
    give_consent(yes)
    from django.utils import timezone

    give_consent(gone, withdrawn_at=timezone.now())
    sending.send_delivery(delivery.pk)
    with_pixel = [received.receiver for received in sink.received if "/o/" in received.part("html")]
    assert with_pixel == [yes.email]
    mine = next(received for received in sink.received if received.receiver == yes.email)
    assert re.search(rf"/l/{delivery.key}/1\?t=[\w-]+", mine.part("html"))


def test_in_anonymous_mode_tokens_are_stored_nowhere(site, sink):
    delivery = make_running(2)
    Delivery.objects.update(measuring_mode="anonymous")
    sending.send_delivery(delivery.pk)
    tokens = [set(re.findall(r"\?t=([\w-]+)", received.part("html"))) for received in sink.received]
    assert all(len(found) == 1 for found in tokens)
    assert tokens[0] != tokens[1]
    with connection.cursor() as cursor:
        for model in apps.get_app_config("newsletters").get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
            stored = "\n".join(row for (row,) in cursor.fetchall())
            for token in tokens[0] | tokens[1]:
                assert token not in stored, model
                assert read_token("click", token)[-1] not in stored, model


def test_the_browser_copy_shows_the_frozen_letter_and_nobodys_links(site, client):
    delivery = make_running(1)
    delivery.letter.title = "Endret siden"
    delivery.letter.save_revision().publish()
    response = client.get(f"/brev/utsending/{delivery.key}/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Nytt om behandlingsavbrudd" in page
    assert "Endret siden" not in page
    assert "{{slot" not in page
    assert f"/l/{delivery.key}/0" not in page
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies


# Checks


def test_a_good_letter_passes_and_a_bad_one_is_told_why(site):
    good = make_letter()
    assert may_be_sent(check_letter(good, render_letter(good)))
    empty = make_letter(good.series, slug="tom", body=[], number=4)
    assert not may_be_sent(check_letter(empty, render_letter(empty)))
    dead = make_letter(
        good.series, slug="dod", number=5, body=[("text", '<p><a href="/finnes-ikke/">her</a></p>')]
    )
    stops = [check.text for check in check_letter(dead, render_letter(dead)) if check.level == "stop"]
    assert any("/finnes-ikke/" in text for text in stops)


def test_an_overlong_subject_and_a_missing_alt_text_are_pointed_at(site):
    letter = make_letter(
        subject="x" * 110, body=[("picture", {"image": make_picture(), "alt": "", "caption": ""})]
    )
    warnings = [check.text for check in check_letter(letter, render_letter(letter)) if check.level == "warn"]
    assert any("110 tegn" in text for text in warnings), warnings
    assert any("alternativ tekst" in text for text in warnings), warnings
    letter = make_letter(letter.series, slug="god", number=5, subject="Kort nok")
    good = [check.text for check in check_letter(letter, render_letter(letter)) if check.level == "warn"]
    assert not any("tegn" in text or "alternativ tekst" in text for text in good), good


# Text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hei &amp; hå</p><p>To</p>", "Hei & hå\n\nTo"),
        ('<p>Les <a href="https://a.no/x">rapporten</a> nå.</p>', "Les rapporten nå.\nhttps://a.no/x"),
        ('<p><a href="https://a.no/x">https://a.no/x</a></p>', "https://a.no/x"),
        ('<p><a href="mailto:a@b.no">a@b.no</a></p>', "a@b.no"),
        ("<ol><li>En</li><li>To</li></ol><p>Slutt</p>", "1. En\n2. To\n\nSlutt"),
        ("<ul><li>En</li></ul>", "– En"),
        ("<p>Hilsen<br/>oss</p>", "Hilsen\noss"),
        (
            '<p>Les <a href="https://a.no/x">ett</a>, <a href="https://b.no/">to</a> og <a href="https://a.no/x">ett</a>.</p>',
            "Les ett [1], to [2] og ett [1].\n[1] https://a.no/x\n[2] https://b.no/",
        ),
    ],
)
def test_rich_text_reads_well_as_text(html, text):
    assert plain_text.from_html(html) == text
