"""Audiences saved for next time: what they say in words, what of them is gone since, how many they reach today."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from directory.models import HealthRegion, Organisation, Person, Position, Unit
from networks.models import NetworkPage
from newsletters.audience import Audience, count_each
from newsletters.models import Interest, SavedAudience, Series

LABELS = {
    "networks": _("Members of networks"),
    "regions": _("Only these health regions"),
    "unit_kinds": _("Only these kinds of unit"),
    "professions": _("Only these professions"),
    "leader_levels": _("Only these leader levels"),
    "interests": _("Only those interested in"),
    "organisations": _("Only these organisations"),
}
# What adds people; everything else in LABELS narrows, so that losing its last choice would let everybody in.
ADDS = {"networks"}
# Choices of one filter that are written out in a summary; the rest are counted.
WRITTEN_OUT = 3


@dataclass(frozen=True)
class Offered:
    """What may be chosen today, and the names of what may not any longer: filter → key → name."""

    now: dict[str, dict]
    closed: dict[str, dict]


@dataclass(frozen=True)
class SavedChoice:
    """A saved audience as it stands today. What is gone is taken out, and told in `notes`."""

    saved: SavedAudience
    audience: Audience
    notes: tuple[str, ...]
    is_usable: bool
    summary: str
    number: int = 0


def offered() -> Offered:
    """Read what the filters offer today, in four queries."""
    organisations = list(Organisation.objects.values_list("pk", "name", "is_active"))
    networks = list(NetworkPage.objects.values_list("pk", "title", "live"))
    return Offered(
        now={
            "networks": {key: name for key, name, is_open in networks if is_open},
            "regions": dict(HealthRegion.objects.values_list("pk", "name")),
            "unit_kinds": dict(Unit.Kind.choices),
            "professions": dict(Person.Profession.choices),
            "leader_levels": dict(Position.LeaderLevel.choices),
            "interests": {interest.pk: interest.name for interest in Interest.objects.all()},
            "organisations": {key: name for key, name, is_open in organisations if is_open},
        },
        closed={
            "networks": {key: name for key, name, is_open in networks if not is_open},
            "organisations": {key: name for key, name, is_open in organisations if not is_open},
        },
    )


def saved_choices(rows: Iterable[SavedAudience], *, is_important: bool = False) -> list[SavedChoice]:
    """Return saved audiences as they stand today, with their numbers for a letter that is important or not.

    The number of queries is fixed.
    """
    found = offered()
    choices = [_as_of_today(saved, found, is_important) for saved in rows]
    numbers = count_each({one.saved.pk: one.audience for one in choices if one.is_usable})
    return [replace(one, number=numbers.get(one.saved.pk, 0)) for one in choices]


def default_choice(series: Series, *, is_important: bool = False) -> SavedChoice | None:
    """Return the series' default audience as it stands today; None where none is chosen."""
    rows = [series.default_audience] if series.default_audience else []
    return next(iter(saved_choices(rows, is_important=is_important)), None)


def _as_of_today(saved: SavedAudience, found: Offered, is_important: bool) -> SavedChoice:
    told = {**saved.audience, "series": saved.series_id, "is_important": is_important}
    audience = Audience.from_dict(told)
    kept, notes, is_usable = {}, [], True
    for name in LABELS:
        chosen = getattr(audience, name)
        kept[name] = tuple(key for key in chosen if key in found.now[name])
        gone = [key for key in chosen if key not in found.now[name]]
        if not gone:
            continue
        is_emptied = not kept[name] and name not in ADDS
        is_usable = is_usable and not is_emptied
        notes.append(_note(name, gone, found, is_emptied))
    audience = replace(audience, **kept)
    if not audience.subscribers and not audience.networks:
        is_usable = False
        notes.append(_t("No receivers are left in the audience, so it cannot be used. Make a new one."))
    return SavedChoice(saved, audience, tuple(notes), is_usable, summary(audience, found))


def _note(name: str, gone: list, found: Offered, is_emptied: bool) -> str:
    known = [found.closed.get(name, {}).get(key) for key in gone]
    deleted = known.count(None)
    names = [f"«{one}»" for one in known if one]
    if deleted:
        names.append(_t("%(number)s deleted from the register") % {"number": deleted})
    told = {"filter": LABELS[name], "names": ", ".join(names)}
    if is_emptied:
        return (
            _t(
                "Nothing is left of «%(filter)s»: %(names)s. Without this limit the letter would go to everybody, so"
                " the audience cannot be used. Make a new one."
            )
            % told
        )
    return _t("No longer in use and taken out of «%(filter)s»: %(names)s.") % told


def summary(audience: Audience, found: Offered) -> str:
    """Return the audience in words, e.g. "Subscribers · Helse Nord · Department leader"."""
    parts = [_t("Subscribers")] if audience.subscribers else []
    for name in LABELS:
        names = [str(found.now[name][key]) for key in getattr(audience, name) if key in found.now[name]]
        if len(names) > WRITTEN_OUT:
            more = _t("%(number)s more") % {"number": len(names) - WRITTEN_OUT}
            names = [*names[:WRITTEN_OUT], more]
        if names:
            parts.append(", ".join(names))
    return " · ".join(parts)
