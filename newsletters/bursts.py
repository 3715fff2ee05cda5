"""Machines known by what they do: several links of a letter at once from one source, or the link nobody can see.

What a source does is kept for a minute at most, in the cache, under a keyed hash. When it turns out to be a machine,
its hits of that minute are labelled too; the roll-up waits for that.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from django.core.cache import cache

# So many different links of one letter from one source within so many seconds are a machine's work.
BURST_LINKS = 3
BURST_SECONDS = 10
# How long a source's keyed hash lies in the cache, never longer (seconds).
SOURCE_SECONDS = 60
# So many hits of a source are remembered.
REMEMBERED = 20


class Click(Protocol):
    """What is asked of a hit here."""

    source: str
    at: float
    number: int
    is_trap: bool


def moment(seconds: float) -> datetime:
    """Return seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class Source:
    """What one source has done with one letter within a minute."""

    until: float
    hits: list[tuple[float, int]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    is_machine: bool = False

    def note(self, hit: Click) -> None:
        """Add a hit, and see whether a machine is at work."""
        self.hits.append((hit.at, hit.number))
        links = {number for at, number in self.hits if at > hit.at - BURST_SECONDS}
        self.is_machine = self.is_machine or hit.is_trap or len(links) >= BURST_LINKS


@dataclass
class Judgement:
    """The sources of some hits: which are machines, and which of their earlier events must be labelled."""

    known: dict[str, Source]
    sources: set[str]
    earlier: list[int]

    def remember(self, places: Mapping[int, str], numbers: Mapping[int, int]) -> None:
        """Keep what was seen for the rest of the minute; `places` tells the source of each written event."""
        for place, key in places.items():
            if key not in self.sources:
                self.known[key].events.append(numbers[place])
        by_time: dict[int, dict[str, Any]] = defaultdict(dict)
        now = datetime.now(UTC).timestamp()
        for key, source in self.known.items():
            events = [] if source.is_machine else source.events[-REMEMBERED:]
            state = (source.until, source.hits[-REMEMBERED:], events, source.is_machine)
            by_time[int(source.until - now)][key] = state
        for seconds, states in by_time.items():
            if seconds > 0:
                _to_cache(states, seconds)


def judge(hits: Sequence[Click]) -> Judgement:
    """Look at hits together with what their sources did before."""
    now = datetime.now(UTC).timestamp()
    stored = _from_cache({hit.source for hit in hits})
    known = {key: Source(*state) for key, state in stored.items() if state[0] > now}
    for hit in hits:
        source = known.setdefault(hit.source, Source(int(hit.at) + SOURCE_SECONDS))
        source.note(hit)
    machines = {key for key, source in known.items() if source.is_machine}
    return Judgement(known, machines, [event for key in machines for event in known[key].events])


def _from_cache(keys: set[str]) -> dict[str, Any]:
    try:
        return cache.get_many(list(keys)) if keys else {}
    except Exception:  # without a cache bursts are not seen; the hits count all the same
        return {}


def _to_cache(states: dict[str, Any], seconds: int) -> None:
    try:
        cache.set_many(states, seconds)
    except Exception:  # as above
        return
