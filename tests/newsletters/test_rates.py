"""Limits per second and receiving domain: kept over all workers, on a clock the tests hold."""

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
import redis
from django.db import connection
from django.utils import timezone

from newsletters import queue, rates, sending
from newsletters.models import Recipient
from newsletters.rates import Limits, LocalCounts, Pace, SharedCounts
from tests.newsletters.factories import make_running, statuses
from tests.newsletters.smtp_sink import free_port

START = 1_800_000_000.0


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace(clock: Clock, counts=None, **limits) -> Pace:
    return Pace(Limits(**limits), counts or LocalCounts(), clock, clock.sleep)


@pytest.fixture
def redis_url(settings):
    """A Redis without counts of an earlier test."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter("letter-rate:*"):
        client.delete(key)
    return settings.REDIS_URL


@pytest.fixture
def held(monkeypatch, settings):
    """The workers' clock in the test's hand, with this process's own count; limits are put into the settings."""
    clock = Clock(timezone.now().timestamp())
    made = Pace.__init__

    def with_clock(self, *args, **kwargs):
        made(self, counts=counts, clock=clock, sleep=clock.sleep)

    counts = LocalCounts()
    monkeypatch.setattr(Pace, "__init__", with_clock)
    # What the database is asked follows the same clock.
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromtimestamp(clock.now, UTC))
    return clock


def test_without_limits_nobody_waits_and_nothing_is_counted():
    class Never:
        def add(self, key, second):
            raise AssertionError(key)

    clock = Clock()
    assert [pace(clock, Never()).wait_for_room("a@x.no", START + 9) for _ in range(100)] == [None] * 100
    assert clock.now == START


def test_letters_in_all_wait_for_the_next_second():
    clock = Clock()
    own, left = pace(clock, in_all=4), Counter()
    for _ in range(10):
        assert own.wait_for_room("a@x.no", START + 60) is None
        left[int(clock.now)] += 1
    assert left == {START: 4, START + 1: 4, START + 2: 2}


def test_no_worker_waits_past_the_end_of_its_lease():
    clock = Clock()
    own = pace(clock, in_all=1)
    assert own.wait_for_room("a@x.no", START + 1) is None
    assert own.wait_for_room("a@x.no", START + 1) == START + 1
    assert clock.now == START


def test_a_full_domain_puts_its_receivers_off_without_waiting_and_spreads_them():
    clock = Clock()
    own = pace(clock, domains={"full.no": 2}, any_domain=0)
    answers = [own.wait_for_room(f"a{n}@FULL.no", START + 60) for n in range(6)]
    assert answers == [None, None, START + 1, START + 1.5, START + 2, START + 2.5]
    assert own.wait_for_room("a@other.no", START + 60) is None
    assert clock.now == START


def test_receivers_are_put_off_by_half_an_hour_at_most_and_share_those_turns():
    own = pace(Clock(), domains={"full.no": 1})
    half_an_hour = 30 * 60
    turns = [own.wait_for_room("a@full.no", START + 60) for _ in range(4000)][1:]
    assert (min(turns), max(turns)) == (START + 1, START + 1 + half_an_hour)
    assert Counter(turns).most_common(1)[0][1] == 3


def test_a_domains_own_limit_goes_before_the_one_for_any_domain():
    limits = Limits(any_domain=3, domains={"big.no": 0, "small.no": 1})
    assert [limits.of(domain) for domain in ("big.no", "small.no", "x.no")] == [0, 1, 3]


@pytest.mark.redis
def test_workers_that_share_redis_keep_the_limit_together(redis_url):
    """All stand at the same second of the same clock, so whatever their speed the sum is the limit exactly."""
    granted, barrier = Counter(), threading.Barrier(4)

    def work(number):
        own = pace(Clock(), SharedCounts(redis_url), in_all=30, domains={"full.no": 7})
        barrier.wait()
        for n in range(50):
            domain = "full.no" if n % 2 else "other.no"
            if own.wait_for_room(f"a@{domain}", START) is None:
                granted[number, domain] += 1

    workers = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(granted.values()) == 30
    assert 0 < sum(count for (_, domain), count in granted.items() if domain == "full.no") <= 7


@pytest.mark.redis
def test_counts_in_redis_go_away_by_themselves(redis_url):
    SharedCounts(redis_url).add("all", int(START))
    client = redis.Redis.from_url(redis_url)
    assert 0 < client.ttl(f"letter-rate:{int(START)}:all") <= rates.KEPT_SECONDS


def test_without_redis_each_worker_keeps_the_limit_by_itself_and_asks_again_later(caplog):
    monotonic = Clock(0)
    counts = SharedCounts(f"redis://127.0.0.1:{free_port()}/0", monotonic)
    own = pace(Clock(), counts, domains={"full.no": 2})
    answers = [own.wait_for_room("a@full.no", START) for _ in range(4)]
    assert [answer is None for answer in answers] == [True, True, False, False]
    assert caplog.text.count("Redis is away") == 1
    monotonic.now += rates.REDIS_PAUSE
    counts.add("all", 1)
    assert caplog.text.count("Redis is away") == 2


@pytest.mark.django_db
def test_a_full_domain_holds_nobody_else_back_and_costs_no_attempt(site, sink, settings, held):
    settings.LETTER_DOMAIN_RATES = {"full.example": 1}
    delivery = make_running(6)
    first = list(delivery.recipients.order_by("id").values_list("pk", flat=True)[:4])
    for pk in first:
        Recipient.objects.filter(pk=pk).update(email=f"kari{pk}@full.example")
    with sending.Transport() as transport:
        run = sending.Run(delivery, transport)
        assert run.send_batch()
        assert not run.send_batch()
    assert [address.rpartition("@")[2] for address in sink.receivers()].count("full.example") == 1
    assert len(sink.received) == 3
    waiting = delivery.recipients.filter(status="pending")
    assert set(waiting.values_list("attempts", "is_uncertain", "lease_key", "smtp_code")) == {
        (0, False, None, None)
    }
    assert len(waiting) == 3
    assert all(row.next_attempt_at > timezone.now() for row in waiting)


@pytest.mark.django_db
def test_a_worker_stays_for_a_full_domain_and_sends_at_its_rate_without_a_busy_loop(
    site, sink, settings, held, monkeypatch
):
    settings.LETTER_DOMAIN_RATES = {"helse.example": 2}
    delivery, claims, claim = make_running(9), [], queue.claim
    monkeypatch.setattr(queue, "claim", lambda *args: claims.append(1) or claim(*args))
    left = Counter()
    sink.on_message = lambda received: left.update([int(held.now)])
    assert sending.send_delivery(delivery.pk) == 9
    assert statuses(delivery) == ["sent"] * 9
    assert max(left.values()) == 2
    assert held.now - min(left) < 7
    assert len(claims) < 40
    delivery.refresh_from_db()
    assert delivery.status == delivery.Status.FINISHED


@pytest.mark.django_db
def test_with_a_limit_in_all_a_worker_takes_few_at_a_time(site, sink, settings, held):
    settings.LETTER_RATE_PER_SECOND = 2
    delivery = make_running(30)
    with sending.Transport() as transport:
        sending.Run(delivery, transport).send_batch()
    assert len(sink.received) == 2 * sending.BATCH_SECONDS
    assert delivery.recipients.filter(attempts=0).count() == 20


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_delivery_stay_within_a_domains_limit(site, sink, settings, redis_url):
    settings.LETTER_DOMAIN_RATES = {"helse.example": 20}
    settings.LETTER_BATCH_SIZE = 5
    delivery = make_running(50)

    def work():
        try:
            sending.send_delivery(delivery.pk)
        finally:
            connection.close()

    began = timezone.now()
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # 20 letters a second, counted in whole seconds: 50 letters touch at least three of them.
    assert statuses(delivery) == ["sent"] * 50
    assert set(sink.copies().values()) == {1}
    assert int(timezone.now().timestamp()) - int(began.timestamp()) >= 2
