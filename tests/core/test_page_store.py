"""A change made while Redis is away is told as soon as it is back, whoever asks next."""

import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from core.page_store import RedisStore
from tests.outage.door import Door

pytestmark = pytest.mark.redis
SECONDS = 15


@pytest.fixture
def door():
    redis = urlsplit(settings.REDIS_URL)
    door = Door((redis.hostname or "127.0.0.1", redis.port or 6379))
    yield door
    door.shut()


def test_a_generation_that_redis_missed_is_started_when_it_is_back(door):
    other = RedisStore(settings.REDIS_URL)
    other.start_generation()
    before = other.read_generation()
    through = urlsplit(settings.REDIS_URL)._replace(netloc=f"127.0.0.1:{door.port}").geturl()
    store = RedisStore(through)
    door.shut()
    store.start_generation()
    assert store.owes_generation
    assert store.read("anything") == ("", None), "what is stored cannot be trusted"
    assert other.read_generation() == before
    door.open()
    deadline = time.monotonic() + SECONDS
    while other.read_generation() == before and time.monotonic() < deadline:
        assert store.retry is not None
        store.retry.join(1)
    assert other.read_generation() != before
    assert not store.owes_generation


def test_views_reach_redis_within_seconds_and_wait_while_it_is_away(door):
    other = RedisStore(settings.REDIS_URL)
    other.take_views()
    store = RedisStore(urlsplit(settings.REDIS_URL)._replace(netloc=f"127.0.0.1:{door.port}").geturl())
    assert all(store.add_views("2026-11-22|7") for _ in range(3))
    door.shut()
    store.flush_views()
    assert other.take_views() == {}
    door.open()
    counted: dict[str, int] = {}
    deadline = time.monotonic() + SECONDS
    while not counted and time.monotonic() < deadline:
        with store.lock:
            flusher = store.flusher
        if flusher is not None:
            flusher.join(1)
        counted = other.take_views()
    assert counted == {"2026-11-22|7": 3}
