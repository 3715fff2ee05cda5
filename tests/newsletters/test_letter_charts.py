"""The drawings of letters beside each other: each letter has its own mark."""

import pytest
from django.core.cache import cache

from newsletters.statistics_charts import own_labels, short_name
from tests.newsletters.factories import SeriesFactory, make_letter
from tests.newsletters.sent import sent_delivery
from tests.newsletters.test_figures import rolled, someone

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(site):
    cache.clear()
    return sent_delivery()


def test_letters_with_the_same_number_in_two_series_have_a_bar_each_with_the_series_named(client, delivery):
    same = {"number": delivery.letter.number, "year": delivery.letter.year}
    other = sent_delivery(letter=make_letter(SeriesFactory(name="Familienettverket"), **same))
    for one in (delivery, other):
        rolled(one)
    client.force_login(someone("view_deliverystatistics"))
    page = client.get(f"/admin/brev/tall/sammenlign/?brev={delivery.pk}&brev={other.pk}").content.decode()
    name = f"{same['number']}/{same['year']}"
    assert f"{name} Familienettverket: " in page
    assert f"{name} {delivery.series.name}: " in page


def test_a_letter_that_was_sent_twice_has_a_point_for_each_time(delivery):
    again = sent_delivery(letter=delivery.letter)
    assert len(set(own_labels([delivery, again]))) == 2
    assert own_labels([delivery]) == [short_name(delivery)]
