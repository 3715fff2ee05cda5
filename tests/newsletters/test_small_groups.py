"""Groups of few people: what may be told about them, and that nothing beside it tells the rest."""

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from newsletters.figure_text import rate_text
from newsletters.figure_words import comparison_words
from newsletters.models import DeliveryStatistics
from newsletters.report_files import csv_text
from newsletters.report_tables import tables
from newsletters.small_groups import Cell, Rate, hide_telling
from newsletters.statistics import LetterFigures
from tests.newsletters.factories import make_letter
from tests.newsletters.sent import sent_delivery
from tests.newsletters.test_figures import another, rolled, someone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.mark.parametrize(
    ("hits", "of", "hidden"),
    [
        (4, 40, True),
        (3, 4, True),
        (5, 40, False),
        (0, 0, True),
        # The others are as few: "five of six" tells the one who did not about the five, "six of six" tells of each.
        (5, 6, True),
        (6, 6, True),
        (36, 40, True),
        (35, 40, False),
        (0, 40, True),
        (40, 40, True),
        (6, 5, True),
    ],
)
def test_rates_about_fewer_than_five_people_on_either_side_are_hidden(hits, of, hidden):
    assert Rate(hits, of).is_hidden is hidden
    assert ("95" not in rate_text(Rate(hits, of))) is hidden


@pytest.mark.parametrize(
    ("clickers", "shown"),
    [
        ((3, 9, 30), [None, None, 30]),
        ((3, 2, 30), [None, None, 30]),
        # Two hidden figures that are three people together tell nearly as much as one.
        ((100, 2, 1), [None, None, None]),
        ((40, 2, 6, 1), [40, None, None, None]),
        ((0, 0, 7, 50), [None, None, None, 50]),
        ((5, 6), [5, 6]),
    ],
)
def test_small_cells_are_hidden_and_no_sum_gives_them_away(clickers, shown):
    cells = [Cell(str(place), consenting=500, clickers=figure) for place, figure in enumerate(clickers)]
    hide_telling(cells)
    assert [cell.clickers for cell in cells] == shown


@pytest.mark.parametrize(
    ("clicked_of", "shown"),
    [
        # Hidden as "all but one" is; beside it the next smallest, though it could stand by itself.
        (((19, 20), (9, 20), (10, 20)), [None, None, 10]),
        # Two that nearly everybody clicked in: together there are still only three who did not.
        (((19, 20), (18, 20), (10, 20), (11, 20)), [None, None, None, 11]),
        (((6, 6), (7, 7)), [None, None]),
        (((10, 20), (15, 20)), [10, 15]),
    ],
)
def test_cells_where_nearly_everybody_did_are_hidden_as_those_where_nearly_nobody_did(clicked_of, shown):
    cells = [Cell("", consenting=of, clickers=clicked) for clicked, of in clicked_of]
    hide_telling(cells)
    assert [cell.clickers for cell in cells] == shown
    assert [cell.consenting for cell in cells] == [of for _clicked, of in clicked_of]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_the_total_less_what_is_shown_is_nobody_hidden_or_five_and_more_on_either_side(counted):
    cells = [Cell("", consenting=did + did_not, clickers=did) for did, did_not in counted]
    hide_telling(cells)
    hidden = [both for cell, both in zip(cells, counted, strict=True) if cell.clickers is None]
    shown = [both for cell, both in zip(cells, counted, strict=True) if cell.clickers is not None]
    assert all(min(both) >= 5 for both in shown)
    if hidden and shown:
        assert len(hidden) > 1
        assert min(sum(did for did, _not in hidden), sum(did_not for _did, did_not in hidden)) >= 5


def test_no_file_page_or_sentence_tells_a_rate_that_is_hidden(client):
    """Of seven measured people six clicked: neither the share, the number nor an earlier letter's sum says so."""
    delivery = sent_delivery()
    for number in (10, 11):
        rolled(another(delivery, number=number), consenting=80, clickers=30)
    hidden = another(delivery, number=12)
    rolled(hidden, consenting=20, clickers=19)
    cells = {"nurse": {"delivered": 7, "consenting": 7, "openers": 7, "clickers": 6}}
    rolled(delivery, consenting=7, clickers=6)
    DeliveryStatistics.objects.filter(delivery=delivery).update(
        consenting_openers=7, breakdown={"profession": cells}
    )
    now = LetterFigures(delivery)
    client.force_login(someone("view_deliverystatistics"))
    html = client.get(f"/admin/brev/tall/{delivery.pk}/").content.decode()
    for text in (csv_text(now), html, str(comparison_words(now, now.earlier))):
        assert "85,7" not in text
        assert "0,857" not in text
    [row] = [row for row in tables(now) if row.name == "profession"][0].rows
    assert row[1:6] == [7, 7, "skjult", "skjult", "skjult"]
    # 30 of 80 twice; with the hidden one in it, the sum would be 43,9 % and give it away.
    shown = rolled(sent_delivery(letter=make_letter(delivery.series, number=13)), consenting=80, clickers=60)
    assert "mot 37,5 %" in comparison_words(shown, shown.earlier)[1]
