"""The letter as it was sent, with the clicks drawn on it: faithful, inert, and counted by nobody."""

import re

import pytest
from django.core.cache import cache

from newsletters.link_map import draw_link_map
from newsletters.models import Delivery, DeliveryLink, TrackingEvent
from newsletters.rollup import roll_up
from newsletters.statistics import LetterFigures
from tests.newsletters.factories import make_delivery
from tests.newsletters.sent import click, let_time_pass, reader, sent_delivery
from tests.newsletters.test_figures import someone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    """A letter frozen as for sending, read by three: twice its first link, once its second."""
    frozen = make_delivery(subscribers=1, status=Delivery.Status.FINISHED)
    Delivery.objects.filter(pk=frozen.pk).update(started_at=frozen.frozen_at, finished_at=frozen.frozen_at)
    for place, number in enumerate((1, 1, 2)):
        click(frozen, number, client=reader(f"192.0.2.{place}"))
    let_time_pass()
    roll_up()
    frozen.refresh_from_db()
    return frozen


def marks(html: str) -> list[str]:
    return [
        " ".join(re.sub(r"<[^>]+>", " ", mark).split())
        for mark in re.findall(r'<span class="tp-mark">.*?</span>', html)
    ]


def test_every_link_carries_its_number_its_clicks_and_its_share_in_words(delivery):
    html = draw_link_map(LetterFigures(delivery))
    assert marks(html) == ["1 2 klikk · 66,7 %", "2 1 klikk · 33,3 %"]
    assert "Slik følger dere opp" in html


def test_the_drawn_letter_leads_nowhere_and_holds_no_slot_pixel_or_trap(delivery):
    html = draw_link_map(LetterFigures(delivery))
    assert not re.search(r"<a\b[^>]*\shref=", html)
    assert "/l/" not in html
    assert "/o/" not in html
    assert "{{slot" not in html
    assert 'tabindex="-1"' not in html


def test_looking_at_the_drawn_letter_counts_nothing(client, delivery):
    client.force_login(someone("view_deliverystatistics"))
    assert client.get(f"/admin/brev/tall/{delivery.pk}/kart/").status_code == 200
    assert not TrackingEvent.objects.exists()
    roll_up()
    assert LetterFigures(delivery).totals.clicks == 3


def test_nothing_in_the_drawn_letter_may_run_or_be_framed_elsewhere(client, delivery):
    client.force_login(someone("view_deliverystatistics"))
    policy = client.get(f"/admin/brev/tall/{delivery.pk}/kart/")["Content-Security-Policy"]
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["sandbox"] == "allow-same-origin"
    assert parts["frame-ancestors"] == "'self'"
    assert "script-src" not in parts
    page = client.get(f"/admin/brev/tall/{delivery.pk}/")
    assert 'sandbox="allow-same-origin"' in page.content.decode()
    assert "script-src" in page["Content-Security-Policy"]


def test_a_cards_picture_and_title_are_one_link_whose_figures_stand_once():
    delivery = sent_delivery(links=0)
    for number, label in ((1, "Kart"), (2, "Kart")):
        DeliveryLink.objects.create(
            delivery=delivery, number=number, url="https://example.no/kart", label=label
        )
    delivery.html = "<head></head>" + "".join(
        f'<a href="http://gammel.example/l/{delivery.key}/{number}{{{{slot:t}}}}">{content}</a>'
        for number, content in ((1, '<img alt="Kart">'), (2, "Kart"))
    )
    delivery.save()
    for number in (1, 2):
        click(delivery, number, client=reader(f"192.0.2.{number}"))
    let_time_pass()
    roll_up()
    assert marks(draw_link_map(LetterFigures(delivery))) == ["1", "1 2 klikk · 100,0 %"]


def test_pictures_are_shown_from_here_also_after_the_site_has_moved(delivery):
    delivery.html = (
        '<img src="https://gammel.example/media/images/a.jpg"><img src="https://annen.example/b.jpg">'
    )
    html = draw_link_map(LetterFigures(delivery))
    assert 'src="/media/images/a.jpg"' in html
    assert 'src="https://annen.example/b.jpg"' in html


def test_a_letter_that_is_not_frozen_has_no_drawing(client):
    delivery = sent_delivery()
    client.force_login(someone("view_deliverystatistics"))
    assert client.get(f"/admin/brev/tall/{delivery.pk}/kart/").status_code == 404
    assert "data-link-map" not in client.get(f"/admin/brev/tall/{delivery.pk}/").content.decode()
