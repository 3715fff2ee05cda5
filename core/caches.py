"""Caches of our own kind: the table of installations without Redis, able to count, and a plain memory of texts."""

import time
from datetime import MAXYEAR

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections, router, transaction
from django.utils import timezone


class CountingDatabaseCache(DatabaseCache):
    """Django's cache table with an `incr` like Redis': two at once are counted as two, and the end date stands.

    Django's own reads, adds and writes the value back with the default timeout of five minutes, so that a limit of an
    hour would be forgotten after five quiet minutes, or never end as long as somebody knocks.
    """

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add `delta` to a stored number and return it. Raises ValueError when there is none, or no longer."""
        database = router.db_for_write(self.cache_model_class)
        connection = connections[database]
        table = connection.ops.quote_name(self._table)
        with transaction.atomic(using=database), connection.cursor() as cursor:
            # Whoever counts at the same moment waits here.
            cursor.execute(
                f"SELECT expires FROM {table} WHERE cache_key = %s FOR UPDATE",  # noqa: S608 - a name of our settings
                [self.make_and_validate_key(key, version=version)],
            )
            row = cursor.fetchone()
            number = self.get(key, version=version) if row else None
            if number is None:
                raise ValueError(f"Key {key!r} not found")
            # The table holds whole seconds, cut off: half of one keeps the end where it is.
            ends = row[0].year < MAXYEAR
            left = (row[0] - timezone.now()).total_seconds() + 0.5 if ends else None
            self.set(key, number + delta, left, version=version)
        return number + delta


class PlainMemory(LocMemCache):
    """A process's own memory for finished texts, which nobody can change: kept as they are, without pickling."""

    def get(self, key, default=None, version=None):
        """Return the text, or the default when it is not there or too old."""
        key = self.make_key(key, version)
        expires = self._expire_info.get(key, -1)
        if expires is not None and expires <= time.time():
            return default
        return self._cache.get(key, default)

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a text."""
        key = self.make_key(key, version)
        with self._lock:
            self._set(key, value, timeout)
