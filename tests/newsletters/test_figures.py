"""Figures an adviser reads: rates, small cells, the table, the pages."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from directory.models import Person
from newsletters.figure_words import comparison_words
from newsletters.models import ClickCount, Delivery, DeliveryStatistics, TrackingEvent
from newsletters.report_files import csv_text
from newsletters.rollup import roll_up
from newsletters.small_groups import wilson
from newsletters.statistics import LetterFigures, series_trend
from tests.newsletters.factories import make_letter
from tests.newsletters.sent import (
    click,
    let_time_pass,
    open_letter,
    reader,
    receiver,
    sent_delivery,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    return sent_delivery()


def measured_reader(delivery, place: int, **fields):
    """A consenting receiver who opens and clicks the first link."""
    got = receiver(delivery, consenting=True, **fields)
    client = reader(f"192.0.2.{place}")
    open_letter(delivery, of=got, client=client)
    click(delivery, 1, of=got, client=client)
    return got


# Wilson, E. B. (1927): the interval checked against R's binom::binom.confint(method = "wilson").
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (27, 86, 0.2255, 0.4183),
        (10, 10, 0.7225, 1.0),
        (0, 0, 0, 1),
    ],
)
def test_the_interval_is_wilsons(hits, of, low, high):
    assert wilson(hits, of) == (pytest.approx(low, abs=2e-4), pytest.approx(high, abs=2e-4))


@given(of=st.integers(1, 10_000), share=st.floats(0, 1))
def test_the_interval_holds_the_share_and_stays_between_0_and_1(of, share):
    hits = round(of * share)
    low, high = wilson(hits, of)
    assert 0 <= low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= high <= 1


def test_the_figures_of_a_letter_cost_the_same_however_many_clicks(delivery, django_assert_num_queries):
    def read():
        figures = LetterFigures(delivery)
        return figures.totals, figures.links, figures.timeline, figures.breakdowns, figures.earlier

    def click_and_count(times):
        for place in range(times):
            click(delivery, 1 + place % 4, client=reader(f"203.0.113.{place}"))
        let_time_pass()
        roll_up()

    click_and_count(2)
    with django_assert_num_queries(6):
        read()
    click_and_count(20)
    with django_assert_num_queries(6):
        links = read()[1]
    assert sum(link.clicks for link in links) == 22
    assert all(link.number for link in links)


def test_an_hour_and_a_trend_can_be_read(delivery):
    click(delivery)
    let_time_pass()
    roll_up()
    assert [row.clicks for row in LetterFigures(delivery).timeline] == [1]
    newer = sent_delivery(letter=delivery.letter)
    assert [row.delivery for row in series_trend(delivery.series)] == [delivery, newer]


def test_the_table_can_be_opened_in_a_spreadsheet_and_does_no_harm_there(delivery):
    link = delivery.links.get(number=1)
    link.label = '=HYPERLINK("https://ond.example")'
    link.save()
    for _person in range(3):
        receiver(delivery, profession="nurse")
    delivery.letter.title = "=1+1"
    roll_up()
    text = csv_text(LetterFigures(delivery))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
    assert {len(row) for row in rows} == {4}
    assert not any(cell[:1] in ("=", "+", "@") for row in rows for cell in row)
    nurses = [row[3] for row in rows if row[1] == Person.Profession.NURSE.label]
    assert nurses[0] == "skjult"


# The pages


def someone(*codenames: str) -> User:
    user = User.objects.create_user(f"{'-'.join(codenames) or 'ingen'}@tjenesten.example", "et langt passord")
    wanted = ["access_admin", *codenames]
    user.user_permissions.add(*Permission.objects.filter(codename__in=wanted))
    return user


PAGES = ["", "{pk}/", "{pk}/csv/", "{pk}/excel/", "{pk}/pdf/", "{pk}/kart/", "serie/{series}/", "sammenlign/"]


@pytest.mark.parametrize("page", PAGES)
def test_only_those_who_may_see_figures_see_the_pages(client, delivery, page):
    delivery.html = "<html><head></head><body>Brevet</body></html>"
    delivery.save()
    url = "/admin/brev/tall/" + page.format(pk=delivery.pk, series=delivery.series_id)
    client.force_login(someone("view_deliverystatistics"))
    assert client.get(url).status_code == 200
    client.force_login(someone())
    assert client.get(url).status_code in (302, 403)


def test_the_page_of_a_letter_shows_its_figures(client, delivery):
    for place in range(1, 8):
        measured_reader(delivery, place, profession="nurse")
    for _silent in range(5):
        receiver(delivery, consenting=True, profession="nurse")
    let_time_pass()
    roll_up()
    client.force_login(someone("view_deliverystatistics"))
    html = client.get(f"/admin/brev/tall/{delivery.pk}/").content.decode()
    assert "n = 12" in html
    assert "95 % intervall" in html
    assert "anslag" in html
    assert str(Person.Profession.NURSE.label) in html
    assert "<svg" in html
    assert "Lenke 1" in html


@pytest.mark.parametrize(
    ("mode", "told", "untold"),
    [
        ("consent", "Målt med samtykke", "Målt anonymt"),
        ("anonymous", "Målt anonymt", "Målt med samtykke"),
        ("off", "Ingenting ble målt", "Klikk fra mennesker"),
    ],
)
def test_the_page_says_how_the_letter_was_measured(client, mode, told, untold):
    delivery = sent_delivery(mode)
    roll_up()
    client.force_login(someone("view_deliverystatistics"))
    html = client.get(f"/admin/brev/tall/{delivery.pk}/").content.decode()
    assert told in html
    assert untold not in html.replace("Klikk fra mennesker</th>", "")


def test_the_page_of_a_letter_that_has_not_left_says_so(client, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(started_at=None, status="scheduled")
    client.force_login(someone("view_deliverystatistics"))
    html = client.get(f"/admin/brev/tall/{delivery.pk}/").content.decode()
    assert "Ingenting er sendt ennå" in html
    assert "Last ned" not in html


def test_no_page_of_figures_reads_the_events_and_each_costs_the_same_at_any_number(client, delivery):
    """Counters answer: ten times the hits, counted or waiting, cost not one statement more."""
    client.force_login(someone("view_deliverystatistics"))
    delivery.html = "<html><head></head><body>Brevet</body></html>"
    delivery.save()

    def statements() -> list[int]:
        costs = []
        for page in PAGES:
            with CaptureQueriesContext(connection) as asked:
                url = "/admin/brev/tall/" + page.format(pk=delivery.pk, series=delivery.series_id)
                assert client.get(url).status_code == 200
            assert not [one["sql"] for one in asked if "trackingevent" in one["sql"]]
            # The charts' cache is a table where there is no Redis; a drawing is looked up, then kept.
            costs.append(sum("newsletters_" in one["sql"] for one in asked))
        return costs

    for place in range(10):
        click(delivery, 1 + place % 4, client=reader(f"203.0.113.{place}"))
    let_time_pass()
    roll_up()
    statements()  # what is remembered from the first look
    few = statements()
    link = delivery.links.get(number=1)
    ClickCount.objects.filter(link=link).update(clicks=2_000_000_000)
    TrackingEvent.objects.bulk_create(
        TrackingEvent(delivery=delivery, link=link, kind="click") for _hit in range(1000)
    )
    assert statements() == few
    assert max(few) <= 12


# Beside other letters


def rolled(
    delivery, *, delivered=100, clicks=50, consenting=40, clickers=10, unsubscribed=0
) -> LetterFigures:
    DeliveryStatistics.objects.create(
        delivery=delivery,
        delivered=delivered,
        clicks=clicks,
        consenting=consenting,
        consenting_clickers=clickers,
        unsubscribed=unsubscribed,
    )
    return LetterFigures(delivery)


def another(delivery, **fields) -> Delivery:
    """An earlier letter of the same series."""
    letter = make_letter(
        delivery.series, title="Et tidligere brev", slug=f"tidligere-{fields.get('number', 2)}", **fields
    )
    earlier = sent_delivery(letter=letter)
    Delivery.objects.filter(pk=earlier.pk).update(started_at=delivery.started_at - timedelta(days=40))
    return earlier


@pytest.mark.parametrize(
    ("clickers", "said"),
    [(10, "kan være tilfeldig"), (35, "flere enn tilfeldigheter"), (5, "færre enn tilfeldigheter")],
)
def test_the_difference_from_earlier_letters_is_said_in_words_with_its_doubt(delivery, clickers, said):
    rolled(another(delivery), clickers=14, unsubscribed=2)
    now = rolled(delivery, clicks=62, clickers=clickers)
    words = comparison_words(now, now.earlier)
    assert "62,0 klikk per 100 leverte: 12,0 flere enn i det forrige brevet (50,0)." in words
    assert said in words[1]
    assert "Avmeldinger: 0, mot 2,0 i snitt tidligere." in words
    assert "fortsatt åpen" in words[-1]


def test_the_first_letter_of_a_series_and_its_second_delivery_have_nothing_to_be_compared_with(delivery):
    rolled(delivery)
    again = sent_delivery(letter=delivery.letter)
    now = rolled(again)
    assert comparison_words(now, now.earlier) == []


def test_chosen_letters_stand_side_by_side_and_at_most_six(client, delivery):
    chosen = [delivery, *[another(delivery, number=number) for number in range(10, 17)]]
    for one in chosen:
        rolled(one)
    client.force_login(someone("view_deliverystatistics"))
    query = "&".join(f"brev={one.pk}" for one in chosen)
    html = client.get(f"/admin/brev/tall/sammenlign/?{query}").content.decode()
    assert html.count("(95 % intervall") >= 6
    assert "Bare de 6 første" in html
    html = client.get("/admin/brev/tall/sammenlign/?brev=99999999999999999999&brev=x").content.decode()
    assert "Velg to til 6 brev" in html


def test_unique_rates_have_one_name_everywhere_and_never_stand_without_their_number(client, delivery):
    rolled(delivery)
    DeliveryStatistics.objects.filter(delivery=delivery).update(consenting_openers=20)
    client.force_login(someone("view_deliverystatistics"))
    for page in ("/admin/", f"/admin/brev/tall/{delivery.pk}/"):
        html = " ".join(client.get(page).content.decode().split())
        for name in ("Unik klikkrate", "Unik åpningsrate (anslag)"):
            card = html.partition(f"<dt>{name}</dt>")[2].partition("</dd>")[0]
            assert "95 % intervall" in card, (page, name)
            assert "n = 40" in card, (page, name)
        assert "minst én gang" not in html


@pytest.mark.parametrize(
    ("title", "shown"),
    [("Takk for sist", "3/2026 Takk for sist"), ("Brev 3/2026: Takk", "Brev 3/2026: Takk")],
)
def test_a_letters_number_stands_once_in_its_name(delivery, title, shown):
    delivery.letter.title, delivery.letter.number, delivery.letter.year = title, 3, 2026
    assert LetterFigures(delivery).letter_name == shown


def test_the_home_panel_shows_the_latest_letter(client, delivery):
    roll_up()
    client.force_login(someone("view_deliverystatistics"))
    html = client.get("/admin/").content.decode()
    assert f"/admin/brev/tall/{delivery.pk}/" in html
    client.force_login(someone())
    assert "latest-letter" not in client.get("/admin/").content.decode()
