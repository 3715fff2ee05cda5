"""Counting: each person once whatever they say in between, and no more receivers read than have changed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from newsletters.consents import give_consent, withdraw_consent
from newsletters.models import Delivery, DeliveryStatistics, Recipient
from newsletters.rollup import roll_up, to_refresh
from newsletters.statistics import LetterFigures
from tests.newsletters.sent import click, let_time_pass, open_letter, reader, receiver, sent_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    return sent_delivery()


def measured(delivery) -> tuple[int, int, int, int]:
    """All clicks, then people: measured, opened, clicked."""
    found = DeliveryStatistics.objects.get(delivery=delivery)
    return found.clicks, found.consenting, found.consenting_openers, found.consenting_clickers


def read_and_count(delivery, got: Recipient, place: int) -> None:
    client = reader(f"192.0.2.{place}")
    open_letter(delivery, of=got, client=client)
    click(delivery, place, of=got, client=client)
    let_time_pass()
    roll_up()


def test_whoever_takes_the_yes_back_and_gives_it_again_is_counted_once(delivery):
    got = receiver(delivery, consenting=True)
    read_and_count(delivery, got, 1)
    for place in (2, 3):
        withdraw_consent(got.person)
        give_consent(got.person, "Ja")
        read_and_count(delivery, got, place)
    assert measured(delivery) == (3, 1, 1, 1)


def test_whoever_gets_the_letter_again_after_a_new_yes_is_counted_once(delivery):
    """A letter that came back though it had been read is sent once more to those it failed for."""
    got = receiver(delivery, consenting=True)
    read_and_count(delivery, got, 1)
    withdraw_consent(got.person)
    give_consent(got.person, "Ja")
    Recipient.objects.filter(pk=got.pk).update(sent_at=timezone.now() - timedelta(seconds=1))
    read_and_count(delivery, got, 2)
    assert measured(delivery) == (2, 1, 1, 1)


def test_whoever_takes_the_yes_back_within_the_minute_was_measured_if_they_count_as_reading(delivery):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    withdraw_consent(got.person)
    let_time_pass()
    roll_up()
    assert measured(delivery) == (1, 1, 1, 1)
    assert LetterFigures(delivery).click_rate.percent == 100


def count_of_sent(delivery) -> int:
    roll_up()
    return DeliveryStatistics.objects.get(delivery=delivery).delivered


def set_back(delivery, **fields) -> None:
    DeliveryStatistics.objects.filter(delivery=delivery).update(**fields)


def test_the_figures_of_a_letter_that_is_being_sent_are_a_minute_old_at_most(delivery):
    receiver(delivery)
    Delivery.objects.filter(pk=delivery.pk).update(status="sending")
    assert count_of_sent(delivery) == 1
    receiver(delivery)
    assert count_of_sent(delivery) == 2
    # Sent, and its first answers still come back.
    Delivery.objects.filter(pk=delivery.pk).update(
        status="finished", last_progress_at=timezone.now() - timedelta(minutes=50)
    )
    delivery.recipients.update(status="bounced")
    assert count_of_sent(delivery) == 0


def test_the_receivers_of_an_older_letter_are_counted_every_quarter_of_an_hour(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(last_progress_at=timezone.now() - timedelta(minutes=61))
    receiver(delivery)
    assert count_of_sent(delivery) == 1
    receiver(delivery)
    assert count_of_sent(delivery) == 1
    set_back(delivery, receivers_counted_at=timezone.now() - timedelta(minutes=16))
    assert count_of_sent(delivery) == 2


def test_clicks_in_an_older_letter_are_counted_at_once_all_the_same(delivery):
    roll_up()
    click(delivery)
    let_time_pass()
    roll_up()
    assert not to_refresh().exists()
    assert measured(delivery)[0] == 1


def test_a_round_in_which_nothing_changed_costs_the_same_at_any_number_of_open_letters(
    delivery, django_assert_num_queries
):
    roll_up()
    with django_assert_num_queries(6):
        roll_up()
    for _letter in range(5):
        receiver(sent_delivery(letter=delivery.letter))
    roll_up()
    with django_assert_num_queries(6):
        roll_up()
