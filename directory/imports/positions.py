"""What a row means for a person's positions: a first one, gaps filled, or the old one ended and a new one begun."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from directory.imports.cells import Entry
from directory.models import Organisation, Person, Position, Unit


@dataclass
class PositionChange:
    """A position to begin (its fields), one to end, and one with gaps to fill."""

    begins: dict[str, Any] | None = None
    ends: Position | None = None
    filled: Position | None = None


def position_change(
    person: Person | None,
    entry: Entry,
    organisation: Organisation | None,
    unit: Unit | None,
    *,
    ends: bool,
    changes: list[list[str]],
) -> PositionChange:
    """Return what is to happen; shown in `changes`, or among the entry's remarks where nothing may be touched.

    What the register knows is replaced only with `ends`: then the old position ends yesterday and stays as history.
    """
    if organisation is None:
        return PositionChange()
    wanted: dict[str, Any] = {
        "organisation": organisation,
        "unit": unit,
        "title": entry.title,
        "leader_level": entry.leader_level or Position.LeaderLevel.NONE,
    }
    held = _held_now(person)
    if not held:
        changes.append([_("Position"), "", _told(**wanted)])
        return PositionChange(begins=wanted)
    same = _same_place(held, organisation, unit)
    if same is not None and not _contradicts(same, entry):
        return _fill(same, entry, unit, changes)
    return _replace(same, held, wanted, ends=ends, entry=entry, changes=changes)


def _held_now(person: Person | None) -> list[Position]:
    today = timezone.localdate()
    rows = person.positions.all() if person else ()
    return [
        row
        for row in rows
        if (row.to_date is None or row.to_date >= today) and (row.from_date is None or row.from_date <= today)
    ]


def _same_place(held: list[Position], organisation: Organisation, unit: Unit | None) -> Position | None:
    """Return the position at the named place; where the file or the register names no unit, the organisation counts."""
    here = [row for row in held if row.organisation_id == organisation.pk]
    exact = [row for row in here if unit is not None and row.unit_id == unit.pk]
    open_ = [row for row in here if unit is None or row.unit_id is None]
    return next(iter(exact or open_), None)


def _contradicts(position: Position, entry: Entry) -> bool:
    title = entry.title and position.title and entry.title.casefold() != position.title.casefold()
    level = entry.leader_level is not None and position.leader_level not in (
        Position.LeaderLevel.NONE,
        entry.leader_level,
    )
    return bool(title or level)


def _fill(position: Position, entry: Entry, unit: Unit | None, changes: list[list[str]]) -> PositionChange:
    """Write only where the register knew nothing."""
    old = shown(position)
    before = (position.title, position.unit_id, position.leader_level)
    position.title = position.title or entry.title
    if position.unit_id is None and unit is not None:
        position.unit = unit
    if position.leader_level == Position.LeaderLevel.NONE and entry.leader_level:
        position.leader_level = entry.leader_level
    if before == (position.title, position.unit_id, position.leader_level):
        return PositionChange()
    changes.append([_("Position"), old, shown(position)])
    return PositionChange(filled=position)


def _replace(
    same: Position | None,
    held: list[Position],
    wanted: dict[str, Any],
    *,
    ends: bool,
    entry: Entry,
    changes: list[list[str]],
) -> PositionChange:
    new = _told(**wanted)
    old = same or (held[0] if len(held) == 1 else None)
    if not ends or old is None:
        text = _("The file says %(file)s; the register says %(register)s. The register was left as it is.")
        register = ", ".join(shown(row) for row in held)
        entry.remarks.append(text % {"file": new, "register": register})
        return PositionChange()
    changes.append([_("Position"), shown(old), new])
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    old.to_date = max(old.from_date, yesterday) if old.from_date else yesterday
    return PositionChange(begins={**wanted, "from_date": today}, ends=old)


def shown(position: Position) -> str:
    """Return a position as a row tells of it."""
    return _told(position.organisation, position.unit, position.title, position.leader_level)


def _told(organisation: Organisation, unit: Unit | None, title: str, leader_level: int) -> str:
    """The same of a position that is not made: a row of a model takes long to make."""
    level = str(Position.LeaderLevel(leader_level).label) if leader_level else ""
    return ", ".join(part for part in (title, unit.name if unit else "", str(organisation), level) if part)
