"""Counting in the cache table of installations without Redis: limits end when they should, and count everybody."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache, caches
from django.db import connection
from django.utils import timezone

from core.forms.anonymous import RATE_WINDOW, give_back, within_limit
from tests.core.anonymous import post
from tests.core.factories import make_article


@pytest.fixture(autouse=True)
def _cache_table(settings, db):
    table = {"BACKEND": "core.caches.CountingDatabaseCache", "LOCATION": "portal_cache"}
    settings.CACHES = {**settings.CACHES, "default": table}
    cache.clear()
    yield
    cache.clear()


def _later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def test_a_limit_holds_for_its_hour_though_nobody_knocks_for_a_while():
    assert [within_limit("key", 2) for _ in range(3)] == [True, True, False]
    for minutes in (6, 30, 59):
        with _later(minutes=minutes):
            assert not within_limit("key", 2)


def test_a_limit_ends_after_its_hour_though_somebody_knocks_all_the_time():
    start = timezone.now()
    for minute in range(0, 60, 4):
        with time_machine.travel(start + timedelta(minutes=minute), tick=False):
            within_limit("key", 2)
    with time_machine.travel(start + timedelta(seconds=RATE_WINDOW + 1), tick=False):
        assert within_limit("key", 2)


def test_what_came_to_nothing_is_given_back():
    assert [within_limit("key", 2) for _ in range(2)] == [True, True]
    give_back("key")
    assert within_limit("key", 2)
    assert not within_limit("key", 2)
    give_back("never counted")


def test_counting_what_is_not_there_or_has_ended_says_so():
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    cache.set("short", 1, 10)
    with _later(seconds=20), pytest.raises(ValueError, match="not found"):
        cache.incr("short")


def test_a_number_without_an_end_is_counted_and_stays_without_one():
    cache.set("for ever", 1, None)
    assert cache.incr("for ever", 4) == 5
    with _later(days=4000):
        assert cache.get("for ever") == 5


def test_a_form_is_refused_for_an_hour_and_then_taken_again(client, site):
    url = f"/tilbakemelding/{make_article().pk}/"
    codes = [post(client, url, {"was_useful": "ja"}).status_code for _ in range(31)]
    assert set(codes[:30]) == {200}
    assert codes[30] == 429
    with _later(minutes=50):
        assert post(client, url, {"was_useful": "ja"}).status_code == 429
    with _later(minutes=61):
        answer = post(client, url, {"was_useful": "ja"})
        assert answer.status_code == 200
        assert not re.search("ds-error-summary", answer.content.decode())


@pytest.mark.django_db(transaction=True)
def test_two_who_count_at_the_same_moment_are_counted_as_two():
    cache.set("number", 0, 100)
    gate = threading.Barrier(4)

    def count() -> None:
        try:
            gate.wait(timeout=10)
            for _n in range(25):
                caches["default"].incr("number")
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert cache.get("number") == 100
