"""What may be shown about groups of people: the one rule for every page, file and mail of figures.

**A group of fewer than five is hidden. How many of a group opened or clicked is shown only where at least five did and
at least five did not.** "Six of six" and "five of six" tell about each of the six, as "one of six" does; and whoever
is one of them can take themselves away from the number. There are no exceptions for large groups: a rule that needs
none can be explained in a sentence.

Sums keep the rule too. Of a table whose total is known, so many figures are hidden together that what is left of the
total is two figures or more, and five or more on either side. Whether somebody said yes to measuring tells nothing of
what they did: the measured are a group, and hidden under five only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST = 5
Z95 = 1.959964
CELL_FIGURES = ("delivered", "consenting", "openers", "clickers")
# These are a part of the measured people; the others are groups.
PARTS = ("openers", "clickers")


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share after Wilson, as shares between 0 and 1; (0, 1) when nobody was asked."""
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z95 * Z95
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = Z95 * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def is_telling(hits: int, of: int) -> bool:
    """Whether "so many of so many" is about fewer than five people, on the one side or the other."""
    return min(hits, of - hits) < FEWEST


@dataclass(frozen=True)
class Rate:
    """So many of so many people, with the interval; hidden when it is about too few."""

    hits: int
    of: int

    @property
    def is_hidden(self) -> bool:
        """Whether it would tell about fewer than five people: those who did, or those who did not."""
        return is_telling(self.hits, self.of)

    @property
    def percent(self) -> float:
        """The share in per cent."""
        return 100 * self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval in per cent."""
        low, high = wilson(min(self.hits, self.of), self.of)
        return 100 * low, 100 * high


@dataclass
class Cell:
    """A region, kind or profession: how many people. None stands for a hidden figure."""

    label: str
    delivered: int | None = 0
    consenting: int | None = 0
    openers: int | None = 0
    clickers: int | None = 0

    @property
    def figures(self) -> list[int | None]:
        """The figures in the order of the columns."""
        return [getattr(self, name) for name in CELL_FIGURES]

    @property
    def click_rate(self) -> Rate | None:
        """How many of its measured people clicked; None where a part of it is hidden."""
        return self._rate(self.clickers)

    @property
    def open_rate(self) -> Rate | None:
        """How many of its measured people opened, an estimate; None where a part of it is hidden."""
        return self._rate(self.openers)

    def _rate(self, hits: int | None) -> Rate | None:
        return None if hits is None or self.consenting is None else Rate(hits, self.consenting)


def hide_telling(cells: Sequence[Cell]) -> None:
    """Hide what the rule above hides in a table, and as much beside it as its sums need."""
    # All are chosen before any is hidden: the parts are judged by the group they are of.
    hidden = {name: _to_hide(cells, name) for name in CELL_FIGURES}
    for name, found in hidden.items():
        for cell in found:
            setattr(cell, name, None)


def _to_hide(cells: Sequence[Cell], name: str) -> list[Cell]:
    ordered = sorted(cells, key=lambda cell: getattr(cell, name))
    hidden = [cell for cell in ordered if _tells([cell], name)]
    shown = [cell for cell in ordered if not _tells([cell], name)]
    while hidden and shown and (len(hidden) == 1 or _tells(hidden, name)):
        hidden.append(shown.pop(0))
    return hidden


def _tells(cells: Sequence[Cell], name: str) -> bool:
    """Whether the sum of these cells' figures is about fewer than five people."""
    people = sum(getattr(cell, name) for cell in cells)
    if name not in PARTS:
        return people < FEWEST
    return is_telling(people, sum(cell.consenting or 0 for cell in cells))
