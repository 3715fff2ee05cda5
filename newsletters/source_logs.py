"""What each source of clicks has done, as short logs in the cache that all web processes add to.

Adding to a log and reading it is one step that no other process comes between: of several that add at once, the last
one reads what all have added. A log is gone when its first entry is a minute old, however much is added.
"""

import time
from collections.abc import Mapping, Sequence
from functools import cache as cache_once
from typing import Protocol

import redis
from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection, transaction

# Known for a machine: as the first of the entries added, it takes the place of all that stood in the log.
MACHINE = "machine"
# So many entries of a log are kept, the newest.
LONGEST = 400
LOCK = 7_402_002  # any number, the same in every process

Entries = Mapping[str, Sequence[str]]
Ends = Mapping[str, int]

# For each log: how long it may live (seconds), how many entries are kept, how many are added, and these. A script, for
# Redis 6 cannot set an end only where there is none.
_ADD = """
local logs, place = {}, 1
for number, name in ipairs(KEYS) do
    local lives, kept, added = ARGV[place], ARGV[place + 1], tonumber(ARGV[place + 2])
    redis.call('RPUSH', name, unpack(ARGV, place + 3, place + 2 + added))
    redis.call('LTRIM', name, -kept, -1)
    if redis.call('TTL', name) < 0 then redis.call('EXPIRE', name, lives) end
    logs[number] = redis.call('LRANGE', name, 0, -1)
    place = place + 3 + added
end
return logs
"""


def kept_with(added: Sequence[str]) -> int:
    """Return how many entries of a log are kept when these are added to it."""
    return len(added) if added[0] == MACHINE else LONGEST


class SourceLogs(Protocol):
    """Where the logs lie."""

    def add(self, entries: Entries, ends: Ends) -> dict[str, Sequence[str]]:
        """Add entries to the logs of some sources and return these logs."""


class RedisLogs:
    """The logs as lists in Redis."""

    def __init__(self, url: str) -> None:
        client = redis.Redis.from_url(
            url, socket_connect_timeout=0.5, socket_timeout=1, decode_responses=True
        )
        self._add = client.register_script(_ADD)

    def add(self, entries: Entries, ends: Ends) -> dict[str, Sequence[str]]:
        """Add to all logs with one command."""
        now = int(time.time())
        values: list[str | int] = []
        for key, added in entries.items():
            values += [ends[key] - now, kept_with(added), len(added), *added]
        logs = self._add(keys=[f"clicks-of-{key}" for key in entries], args=values)
        return dict(zip(entries, logs, strict=True))


class TableLogs:
    """The logs in the cache table, which lies in the portal's own database: one process at a time adds to them."""

    def add(self, entries: Entries, ends: Ends) -> dict[str, Sequence[str]]:
        """Add to the logs under a lock that holds until they are stored."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            stored = cache.get_many(list(entries))
            logs: dict[str, Sequence[str]] = {}
            for key, added in entries.items():
                end, log = stored.get(key, (ends[key], []))
                logs[key] = [*log, *added][-kept_with(added) :]
                left = end - time.time()
                if left > 0:
                    cache.set(key, (end, logs[key]), left)
        return logs


@cache_once
def source_logs(redis_url: str) -> SourceLogs:
    """Return the logs that this installation's web processes share."""
    return RedisLogs(redis_url) if redis_url else TableLogs()


def add_to_logs(entries: Entries, ends: Ends) -> dict[str, Sequence[str]]:
    """Add entries to the logs of some sources and return these logs; `ends`: when a new one ends (since 1970).

    Without a cache each batch stands for itself: bursts over several are not seen, the hits count all the same.
    """
    entries = {key: added[-LONGEST:] for key, added in entries.items() if added}
    if not entries:
        return {}
    try:
        logs = source_logs(settings.REDIS_URL).add(entries, ends)
    except (redis.RedisError, Error):
        return dict(entries)
    # A log whose time was over is empty.
    return {key: log or entries[key] for key, log in logs.items()}
