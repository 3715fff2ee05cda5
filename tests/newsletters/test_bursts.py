"""Machines known by what they do, however their clicks are shared among web processes."""

import time
from datetime import timedelta
from itertools import permutations

import pytest
import redis
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from newsletters import bursts, hits
from newsletters.hits import Hit, HitBuffer
from newsletters.models import TrackingEvent
from newsletters.source_logs import LONGEST, add_to_logs
from tests.newsletters.sent import click, reader, sent_delivery
from tests.newsletters.smtp_sink import free_port

SOURCE = "source:letter-1:0123"


@pytest.fixture(autouse=True, params=[pytest.param("redis", marks=pytest.mark.redis), "table"])
def where(request, settings, site) -> str:
    """The logs lie in Redis, or in the cache table of an installation without it."""
    if request.param == "table":
        settings.REDIS_URL = ""
        table = {"BACKEND": "core.caches.CountingDatabaseCache", "LOCATION": "portal_cache"}
        settings.CACHES = {**settings.CACHES, "default": table}
    cache.clear()
    return request.param


def a_click(number: int, **fields) -> Hit:
    return Hit("click", 1, time.time(), False, **{"number": number, "source": SOURCE, **fields})


def logs_in(where: str, settings) -> list[tuple[str, float]]:
    """Everything that is kept of sources, as text, and how long it will be (seconds)."""
    if where == "redis":
        client = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
        keys = list(client.scan_iter("*source*"))
        return [(f"{key} {client.lrange(key, 0, -1)}", client.pttl(key) / 1000) for key in keys]
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value, expires FROM portal_cache WHERE cache_key LIKE '%source%'")
        return [
            (f"{key} {value}", (ends - timezone.now()).total_seconds())
            for key, value, ends in cursor.fetchall()
        ]


def test_every_event_of_a_burst_is_labelled_in_whatever_order_three_processes_look_and_write():
    for order in sorted(set(permutations("AABBCC"))):
        source = f"source:letter-1:{''.join(order)}"
        judged, labelled = {}, set()
        for process in order:
            event = ord(process)
            if process not in judged:
                hit = a_click(event, source=source)
                judged[process] = bursts.judge([hit])
                labelled |= {*judged[process].earlier, *([event] if hit.is_machine else [])}
            else:
                labelled |= set(judged[process].remember({source: [event]}))
        assert labelled == {65, 66, 67}, order


def test_processes_that_all_look_before_any_of_them_has_written_see_the_burst(monkeypatch, settings):
    settings.LETTER_HITS_SECONDS = 600
    delivery = sent_delivery()
    waiting = []
    for number in (1, 2, 3):
        waiting.append(HitBuffer())
        monkeypatch.setattr("newsletters.views.tracking.buffer", waiting[-1])
        click(delivery, number)
        waiting[-1].timer.cancel()
    look, others = bursts.judge, waiting[1:]

    def look_and_let_the_next_look(batch):
        judgement = look(batch)
        if others:
            others.pop(0).flush()
        return judgement

    monkeypatch.setattr(hits.bursts, "judge", look_and_let_the_next_look)
    waiting[0].flush()
    assert list(TrackingEvent.objects.values_list("is_machine", flat=True)) == [True, True, True]


def test_a_batch_that_is_judged_again_does_not_become_a_burst():
    click_on_two = [a_click(1), a_click(2)]
    for _time in range(3):
        bursts.judge(click_on_two)
    assert not any(hit.is_machine for hit in click_on_two)


def test_links_followed_at_a_persons_pace_are_no_burst():
    now = time.time()
    slow = [
        Hit("click", 1, now - 36 + 12 * number, False, number=number, source=SOURCE) for number in (1, 2, 3)
    ]
    bursts.judge(slow)
    assert not any(hit.is_machine for hit in slow)


def test_what_a_known_machine_does_for_the_rest_of_the_minute_is_labelled_and_little_is_kept_of_it():
    assert bursts.judge([a_click(0, is_trap=True)]).remember({SOURCE: [1]}) == []
    for event in (2, 3, 4):
        later = a_click(1)
        assert bursts.judge([later]).remember({SOURCE: [event]}) == []
        assert later.is_machine
    (log,) = add_to_logs({SOURCE: ["click 1 0"]}, {SOURCE: int(time.time()) + 60}).values()
    assert len(log) == 2


def test_a_log_does_not_grow_without_end():
    for _time in range(3):
        (log,) = add_to_logs({SOURCE: ["click 1 0"] * LONGEST}, {SOURCE: int(time.time()) + 60}).values()
    assert len(log) == LONGEST


def test_the_source_is_kept_in_the_cache_for_a_minute_at_most_and_never_as_an_address(where, settings):
    click(sent_delivery(), client=reader("203.0.113.77"))
    ((text, left),) = logs_in(where, settings)
    assert 0 < left <= 60
    assert "203.0.113.77" not in text
    assert "Firefox" not in text


def test_no_later_click_keeps_a_source_any_longer(where, settings):
    first = a_click(1)
    first.at -= 50
    bursts.judge([first])
    bursts.judge([a_click(2)]).remember({SOURCE: [7]})
    ((_text, left),) = logs_in(where, settings)
    assert 0 < left <= 10


def test_a_click_that_has_waited_for_more_than_a_minute_leaves_nothing_in_the_cache(where, settings):
    old = [a_click(number) for number in (1, 2, 3)]
    for hit in old:
        hit.at -= timedelta(minutes=2).total_seconds()
    bursts.judge([a_click(4, source=f"{SOURCE}-new")])
    (fresh,) = [text for text, _left in logs_in(where, settings)]
    bursts.judge(old)
    assert all(hit.is_machine for hit in old)
    assert [text for text, left in logs_in(where, settings) if left > 0] == [fresh]


def test_without_a_cache_hits_are_counted_and_a_batch_stands_for_itself(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    delivery = sent_delivery()
    assert click(delivery).status_code == 302
    assert TrackingEvent.objects.count() == 1
    batch = [a_click(number) for number in (1, 2, 3)]
    assert bursts.judge(batch).remember({SOURCE: [1, 2, 3]}) == []
    assert all(hit.is_machine for hit in batch)
