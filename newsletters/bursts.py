"""Machines known by what they do: several links of a letter at once from one source, or the link nobody can see.

Each source has a log in the cache (newsletters.source_logs), for a minute at most. A web process adds its clicks to it
before they are written, and the numbers of the written events afterwards; both times it reads what the log then holds.
So the last click of a burst finds those of every process, whatever each saw when it wrote, and each event of it is
labelled: by whoever finds its number in the log, or by the process that wrote it. The roll-up waits for that.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from newsletters.source_logs import MACHINE, add_to_logs

# So many different links of one letter from one source within so many seconds are a machine's work.
BURST_LINKS = 3
BURST_SECONDS = 10
# How long a source's keyed hash lies in the cache or in memory, never longer (seconds).
SOURCE_SECONDS = 60
# What a log's entries begin with.
CLICK, EVENT, TRAP = "click", "event", "trap"


class Click(Protocol):
    """What is asked of a hit here."""

    source: str
    at: float
    number: int
    is_trap: bool
    is_machine: bool


def moment(seconds: float) -> datetime:
    """Return seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class Seen:
    """What a source's log tells."""

    clicks: list[tuple[float, int]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    is_known: bool = False

    @classmethod
    def read(cls, log: Iterable[str]) -> "Seen":
        """Read a log's entries."""
        seen = cls()
        for entry in log:
            kind, *values = entry.split()
            if kind == CLICK:
                seen.clicks.append((float(values[1]), int(values[0])))
            elif kind == EVENT:
                seen.events.append(int(values[0]))
            else:
                seen.is_known = True
        return seen

    def is_machine(self) -> bool:
        """Whether the source is known for a machine, or so many links were followed within so many seconds."""
        latest: dict[int, float] = {}
        for at, number in sorted(self.clicks):
            latest[number] = at
            if sum(at - before < BURST_SECONDS for before in latest.values()) >= BURST_LINKS:
                return True
        return self.is_known


@dataclass
class Judgement:
    """Which sources are machines, which of their earlier events must be labelled, and when each log ends."""

    machines: set[str]
    earlier: list[int]
    ends: dict[str, int]

    def remember(self, events: Mapping[str, Sequence[int]]) -> list[int]:
        """Add the written events of each source to its log; return those that must be labelled after all."""
        entries = {
            key: [MACHINE] if key in self.machines else [f"{EVENT} {event}" for event in written]
            for key, written in events.items()
        }
        seen = _add(entries, self.ends)
        found = [key for key in events if key not in self.machines and seen[key].is_machine()]
        return [event for key in found for event in seen[key].events]


def judge(hits: Sequence[Click]) -> Judgement:
    """Label the hits of those sources that are machines by now, all processes' clicks together."""
    entries: dict[str, list[str]] = defaultdict(list)
    ends: dict[str, int] = {}
    for hit in hits:
        if hit.source:
            entries[hit.source].append(TRAP if hit.is_trap else f"{CLICK} {hit.number} {hit.at:.3f}")
            end = int(hit.at) + SOURCE_SECONDS
            ends[hit.source] = min(ends.get(hit.source, end), end)
    seen = _add(entries, ends)
    machines = {key for key, one in seen.items() if one.is_machine()}
    for hit in hits:
        hit.is_machine = hit.is_machine or hit.source in machines
    return Judgement(machines, [event for key in machines for event in seen[key].events], ends)


def _add(entries: Mapping[str, Sequence[str]], ends: Mapping[str, int]) -> dict[str, Seen]:
    return {key: Seen.read(log) for key, log in add_to_logs(entries, ends).items()}
