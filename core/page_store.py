"""Where ready pages lie: Redis read with one raw command, or the cache table where there is no Redis.

Every stored page carries the site-wide generation it was built in. Publishing anything starts a new generation,
which makes all earlier pages stale at once; a stale page is kept for the hours the database may be away.
"""

import atexit
import gzip
import json
import logging
import threading
import time
from dataclasses import dataclass
from functools import cache as cache_once

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import transaction

logger = logging.getLogger(__name__)

GENERATION_KEY = "page-generation"
WITHDRAWN_KEY = "page-withdrawn"
# How long a stale page may stand in when the database is away (seconds).
KEEP_SECONDS = 48 * 3600
# After Redis has failed, requests go without it for so long instead of each waiting for it (seconds).
PAUSE_SECONDS = 3.0
# How often a change that Redis could not be told of is told again (seconds).
RETRY_SECONDS = 1.0
# How long counted views wait in a process (seconds).
FLUSH_SECONDS = 1.0


@dataclass(slots=True)
class StoredPage:
    """A ready answer: body compressed, with what is needed to send and to count it."""

    generation: str
    built_at: float
    page_id: int
    etag: str
    headers: dict[str, str]
    gzipped: bytes

    @classmethod
    def build(
        cls, generation: str, page_id: int, etag: str, headers: dict[str, str], body: bytes
    ) -> "StoredPage":
        """Compress a body once for all its readers."""
        return cls(generation, time.time(), page_id, etag, headers, gzip.compress(body, 6, mtime=0))

    def dump(self) -> bytes:
        """One line of JSON, then the compressed body."""
        head = [self.generation, self.built_at, self.page_id, self.etag, self.headers]
        return json.dumps(head).encode() + b"\n" + self.gzipped

    @classmethod
    def load(cls, data: bytes) -> "StoredPage | None":
        """The stored page, or None when the data is not one."""
        head, _, gzipped = data.partition(b"\n")
        try:
            return cls(*json.loads(head), gzipped)
        except (ValueError, TypeError):
            return None

    def is_fresh(self, generation: str) -> bool:
        """Whether nothing has been published since, and the page is not too old for texts that follow the clock."""
        return self.generation == generation and time.time() - self.built_at < settings.PAGE_CACHE_SECONDS


class RedisStore:
    """Pages in Redis; a lost Redis is the same as an empty one."""

    def __init__(self, url: str):
        self.client = redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=1)
        self.paused_until = 0.0
        # Set while a change is not yet told to the others, because Redis was away when it was made.
        self.owes_generation = False
        self.retry: threading.Timer | None = None
        # Views counted in this process and not yet in Redis: a command for each would cost as much as the page.
        self.views: dict[str, int] = {}
        self.flusher: threading.Timer | None = None
        self.lock = threading.Lock()
        atexit.register(self.flush_views)

    def _try(self, command, *args, default=None, **kwargs):
        if time.monotonic() < self.paused_until:
            return default
        try:
            return command(*args, **kwargs)
        except redis.RedisError as error:
            self.paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("Redis is away, pages are built without it: %s", error)
            return default

    def read(self, key: str) -> tuple[str, bytes | None]:
        """The current generation ("" when unknown) and the stored page."""
        if self.owes_generation:
            return "", None
        found = self._try(self.client.mget, GENERATION_KEY, f"page:{key}", default=[None, None])
        return (found[0] or b"").decode(), found[1]

    def read_generation(self) -> str:
        """The current generation; "" when unknown."""
        if self.owes_generation:
            return ""
        return (self._try(self.client.get, GENERATION_KEY) or b"").decode()

    def write(self, key: str, data: bytes) -> None:
        """Store a page."""
        self._try(self.client.set, f"page:{key}", data, ex=KEEP_SECONDS)

    def start_generation(self) -> None:
        """Make every stored page stale. While Redis is away it is tried again each second: a page that was closed
        or unpublished meanwhile must not be shown from the store when Redis is back."""
        self.paused_until = 0.0
        self.owes_generation = self._try(self.client.set, GENERATION_KEY, str(time.time_ns())) is None
        if self.owes_generation:
            self._try_again_soon()

    def _try_again_soon(self) -> None:
        waiting = self.retry is not None and self.retry.is_alive()
        if waiting and self.retry is not threading.current_thread():
            return
        self.retry = threading.Timer(RETRY_SECONDS, self.start_generation)
        self.retry.daemon = True
        self.retry.start()

    def refuse_older(self) -> None:
        """Let no page built until now stand in while the database is away: something was withdrawn from readers."""
        self._try(self.client.set, WITHDRAWN_KEY, str(time.time()))

    def oldest_allowed(self) -> float:
        """When the oldest page was built that may stand in (seconds since 1970)."""
        return float(self._try(self.client.get, WITHDRAWN_KEY) or 0)

    def ensure_generation(self) -> str:
        """The current generation, started when there is none (an emptied Redis); "" when Redis is away."""
        if not self.owes_generation:
            self._try(self.client.set, GENERATION_KEY, str(time.time_ns()), nx=True)
        return self.read_generation()

    def add_views(self, field: str) -> bool:
        """Count one view under `field`, within a second for all processes; False when it cannot be counted here."""
        if time.monotonic() < self.paused_until:
            return False
        with self.lock:
            self.views[field] = self.views.get(field, 0) + 1
            self._flush_soon()
        return True

    def flush_views(self) -> None:
        """Tell Redis of the views this process has counted; what it does not take is kept and told later."""
        with self.lock:
            views, self.views, self.flusher = self.views, {}, None
        for field, number in views.items():
            if self._try(self.client.hincrby, "views", field, number) is None:
                with self.lock:
                    self.views[field] = self.views.get(field, 0) + number
                    self._flush_soon()

    def _flush_soon(self) -> None:
        if self.flusher is None:
            self.flusher = threading.Timer(FLUSH_SECONDS, self.flush_views)
            self.flusher.daemon = True
            self.flusher.start()

    def take_views(self) -> dict[str, int]:
        """Take out all counted views: {field: number}. What another worker takes is not taken twice."""
        self.flush_views()
        taken = f"views-taken:{time.time_ns()}"
        if not self._try(self.client.exists, "views"):
            return {}
        try:
            self.client.rename("views", taken)
        except redis.RedisError:
            return {}
        counts = {field.decode(): int(number) for field, number in self.client.hgetall(taken).items()}
        self.client.delete(taken)
        return counts

    def give_back_views(self, counts: dict[str, int]) -> None:
        """Put taken views back that could not be written."""
        for field, number in counts.items():
            self._try(self.client.hincrby, "views", field, number)


class TableStore:
    """Pages in Django's cache table, shared by web and worker on one machine."""

    def read(self, key: str) -> tuple[str, bytes | None]:
        """The current generation ("" when unknown) and the stored page."""
        found = cache.get_many([GENERATION_KEY, f"page:{key}"])
        return found.get(GENERATION_KEY, ""), found.get(f"page:{key}")

    def read_generation(self) -> str:
        """The current generation; "" when unknown."""
        return cache.get(GENERATION_KEY, "")

    def write(self, key: str, data: bytes) -> None:
        """Store a page."""
        cache.set(f"page:{key}", data, KEEP_SECONDS)

    def start_generation(self) -> None:
        """Make every stored page stale."""
        cache.set(GENERATION_KEY, str(time.time_ns()), None)

    def refuse_older(self) -> None:
        """Nothing stands in here: the pages are away with the database."""

    def oldest_allowed(self) -> float:
        """When the oldest page was built that may stand in."""
        return 0.0

    def ensure_generation(self) -> str:
        """The current generation, started when there is none."""
        return cache.get_or_set(GENERATION_KEY, lambda: str(time.time_ns()), None)

    def add_views(self, field: str) -> bool:
        """Views are counted in the database directly."""
        return False

    def take_views(self) -> dict[str, int]:
        """Nothing waits here."""
        return {}

    def give_back_views(self, counts: dict[str, int]) -> None:
        """Nothing was taken."""


@cache_once
def page_store() -> RedisStore | TableStore:
    """The store of this process."""
    return RedisStore(settings.REDIS_URL) if settings.REDIS_URL else TableStore()


def withdraw_pages() -> None:
    """As `forget_pages`, and no page built before stands in for one that readers may no longer see."""
    transaction.on_commit(lambda: page_store().refuse_older())
    forget_pages()


def forget_pages() -> None:
    """Start a new generation when the transaction is over: every page is built anew at its next reading."""
    transaction.on_commit(lambda: page_store().start_generation())
