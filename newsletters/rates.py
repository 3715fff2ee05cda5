"""How many letters may leave per second: in all, and to one receiving domain.

Letters are counted in whole seconds. All workers count in Redis; without it, or while it is away, each process counts
for itself, and sending goes on. A receiver whose domain is full comes later; others do not wait for it.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Protocol

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

KEPT_SECONDS = 10  # how long a second's count is kept in Redis
REDIS_PAUSE = 10  # how long a Redis that did not answer is left alone (seconds)
# A full domain's receivers are put off by at most so much: then they are offered again, in the same order (seconds).
# Long, for each offer that finds the domain full costs two writes.
LONGEST_DELAY = 1800


class Counts(Protocol):
    """Counts letters per key and second."""

    def add(self, key: str, second: int) -> int:
        """Count one more; return the number so far."""


class LocalCounts:
    """This process's own count."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._second = 0
        self._counter: Counter[str] = Counter()

    def add(self, key: str, second: int) -> int:
        """Count one more; what was counted in another second is forgotten."""
        with self._lock:
            if second != self._second:
                self._second = second
                self._counter.clear()
            self._counter[key] += 1
            return self._counter[key]


class SharedCounts:
    """Every worker's count, in Redis; this process's own while Redis does not answer."""

    def __init__(self, url: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1)
        self._local = LocalCounts()
        self._monotonic = monotonic
        self._ask_again = float("-inf")

    def add(self, key: str, second: int) -> int:
        """Count one more, in one step that no other worker can come between."""
        if self._monotonic() >= self._ask_again:
            try:
                name = f"letter-rate:{second}:{key}"
                with self._client.pipeline(transaction=True) as pipeline:
                    return pipeline.incr(name).expire(name, KEPT_SECONDS).execute()[0]
            except redis.RedisError as error:
                logger.warning("Redis is away: this worker keeps the letters' limits by itself (%s).", error)
                self._ask_again = self._monotonic() + REDIS_PAUSE
        return self._local.add(key, second)


@cache
def counts_of(redis_url: str) -> Counts:
    """Return the count that all threads of this process share."""
    return SharedCounts(redis_url) if redis_url else LocalCounts()


@dataclass(frozen=True)
class Limits:
    """Letters per second; 0 is no limit. A domain's own limit goes before the one for any domain."""

    in_all: int = 0
    any_domain: int = 0
    domains: dict[str, int] = field(default_factory=dict)

    def of(self, domain: str) -> int:
        """Return a receiving domain's limit."""
        return self.domains.get(domain, self.any_domain)


def limits_from_settings() -> Limits:
    """Return the installation's limits."""
    return Limits(settings.LETTER_RATE_PER_SECOND, settings.LETTER_DOMAIN_RATE, settings.LETTER_DOMAIN_RATES)


class Pace:
    """One worker's way of keeping the limits."""

    def __init__(
        self,
        limits: Limits | None = None,
        counts: Counts | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limits = limits or limits_from_settings()
        self._counts = counts or counts_of(settings.REDIS_URL)
        self.clock, self.sleep = clock, sleep
        self._turns: dict[str, float] = {}

    def wait_for_room(self, email: str, give_up: float) -> float | None:
        """Return None as soon as a letter to this address may leave, or else from when to try it again.

        Waits for room among all letters until `give_up`, never for room at one domain. Times are seconds since 1970.
        """
        domain = email.rpartition("@")[2].lower()
        while True:
            second = int(self.clock())
            if self._is_full(f"domain:{domain}", self.limits.of(domain), second):
                return self._next_turn(domain, second)
            # A place at the domain that is lost here could not have been used: nothing leaves in this second any more.
            if not self._is_full("all", self.limits.in_all, second):
                return None
            if second + 1 >= give_up:
                return second + 1
            self.sleep(max(second + 1 - self.clock(), 0))

    def _is_full(self, key: str, limit: int, second: int) -> bool:
        return limit > 0 and self._counts.add(key, second) > limit

    def _next_turn(self, domain: str, second: int) -> float:
        """Spread those put off over the seconds to come, as many to each as the domain takes."""
        first = second + 1.0
        turn = max(self._turns.get(domain, first), first)
        if turn > first + LONGEST_DELAY:
            turn = first
        self._turns[domain] = turn + 1 / self.limits.of(domain)
        return turn
