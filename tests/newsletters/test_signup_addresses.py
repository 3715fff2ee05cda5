"""A sign-up confirmed with a further address: it proves that mailbox and no other, and the letters reach it."""

import pytest
from django.core.cache import cache

from directory.models import Person, PersonAddress
from directory.services import merge_people
from newsletters.audience import Audience
from newsletters.models import SoftBounce, SuppressedAddress, address_hash
from newsletters.signing_up import confirm, request_subscription
from tests.newsletters.factories import PersonFactory, SeriesFactory, make_delivery

pytestmark = pytest.mark.django_db
MAIN, FURTHER = "kari@gammelt.example", "kari@nytt.example"


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def person() -> Person:
    """Somebody with two addresses, as a merge leaves them."""
    return merge_people(PersonFactory(email=MAIN), PersonFactory(email=FURTHER))


def stop(email: str, reason: str) -> None:
    SuppressedAddress.objects.create(hash=address_hash(email), reason=reason)


def signed_up(email: str) -> list[str]:
    """Sign the address up, confirm it, and return the addresses that the next letter goes to."""
    series = SeriesFactory()
    confirm(request_subscription(email, [series]).pk)
    return [one.email for one in Audience.of_series(series).people()]


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "erased"])
def test_letters_go_to_the_confirmed_address_where_the_main_one_is_stopped_and_that_stays_so(person, reason):
    stop(MAIN, reason)
    stop(FURTHER, "hard_bounce")
    assert signed_up(FURTHER) == [FURTHER]
    assert SuppressedAddress.objects.get().hash == address_hash(MAIN)
    assert list(Person.objects.get().further_addresses.values_list("email", flat=True)) == [MAIN]


def test_a_main_address_that_works_stays_the_main_one(person):
    assert signed_up(FURTHER) == [MAIN]
    assert PersonAddress.objects.get().email == FURTHER


def test_soft_bounces_of_an_address_that_was_not_confirmed_still_count(person):
    SoftBounce.objects.create(hash=address_hash(MAIN), delivery=make_delivery())
    signed_up(FURTHER)
    assert SoftBounce.objects.exists()


def test_a_main_address_blocked_by_hand_is_not_got_round_by_a_further_one(person):
    stop(MAIN, "manual")
    assert signed_up(FURTHER) == []
    assert Person.objects.get().email == MAIN


def test_a_confirmed_address_that_was_blocked_meanwhile_does_not_become_the_main_one(person):
    stop(MAIN, "hard_bounce")
    request = request_subscription(FURTHER, [SeriesFactory()])
    stop(FURTHER, "manual")
    confirm(request.pk)
    assert Person.objects.get().email == MAIN
