"""Find the organisation and unit a row names among those of the register; nothing is made up or guessed."""

from difflib import get_close_matches

from django.utils.translation import gettext as _

from directory.imports.cells import Entry
from directory.imports.mapping import plain
from directory.imports.organisation_names import SHARED, distinctive, key, other_bodies, parts, words
from directory.models import Organisation, Unit

SUGGESTIONS = 3
# From here on the words that tell organisations apart are a slip of the keyboard from each other.
ALIKE = 0.75


class Workplaces:
    """The register's active organisations and units, by name; read once for an import.

    `chosen` are the organisations, by their keys, that the user says are meant by names the register does not know.
    """

    def __init__(self, chosen: dict[str, int] | None = None) -> None:
        self.organisations: dict[str, set[Organisation]] = {}
        # By the words that tell a name from others; and the words that may stand beside it: region and own units.
        self._telling: dict[tuple[str, ...], set[Organisation]] = {}
        self._around: dict[int, set[str]] = {}
        active = {one.pk: one for one in Organisation.objects.filter(is_active=True).select_related("region")}
        for organisation in active.values():
            for name in {organisation.name, organisation.short_name} - {""}:
                self.organisations.setdefault(key(name), set()).add(organisation)
                if telling := distinctive(name):
                    self._telling.setdefault(telling, set()).add(organisation)
            self._around[organisation.pk] = (
                set(words(organisation.region.name)) if organisation.region else set()
            )
        self.units: dict[tuple[int, str], Unit] = {}
        self.units_by_name: dict[str, list[Unit]] = {}
        units = Unit.objects.filter(is_active=True, organisation__is_active=True)
        for unit in units.select_related("organisation__region"):
            self.units[unit.organisation_id, plain(unit.name)] = unit
            self.units_by_name.setdefault(plain(unit.name), []).append(unit)
            self._around[unit.organisation_id] |= set(words(unit.name))
        self._found: dict[str, Organisation | None] = {}
        for name, number in (chosen or {}).items():
            if number in active:
                self._found[name] = active[number]
        self._suggestions: dict[str, str] = {}

    def find(self, entry: Entry) -> tuple[Organisation | None, Unit | None]:
        """Return where the person works; what could not be found is added to the entry's remarks."""
        if not entry.organisation:
            unit = self._only_unit(entry.unit)
            return (unit.organisation if unit else None), unit
        organisation = self.organisation(entry.organisation)
        if organisation is None:
            entry.remarks.append(self._not_found(entry.organisation))
            return None, None
        if entry.region and organisation.region and key(entry.region) != key(organisation.region.name):
            entry.remarks.append(
                _("The file says %(file)s; in the register %(organisation)s belongs to %(register)s.")
                % {
                    "file": entry.region[:80],
                    "organisation": organisation,
                    "register": organisation.region,
                }
            )
        return organisation, self._unit(entry, organisation)

    def organisation(self, name: str) -> Organisation | None:
        """Return the only organisation that a name can mean."""
        if name not in self._found:
            found = self.organisations.get(key(name)) or self._named_within(name)
            self._found[name] = next(iter(found)) if len(found) == 1 else None
        return self._found[name]

    def _named_within(self, name: str) -> set[Organisation]:
        """Return what "Haukeland universitetssjukehus" or "Helse Vest RHF, Helse Bergen" names.

        Nothing where a word is left that may make it another place: "Haukeland hotell".
        """
        found: set[Organisation] = set()
        taken: set[int] = set()
        for part, places in parts(name):
            if not taken & places and part not in SHARED and part in self.organisations:
                found |= self.organisations[part]
                taken |= places
        above = {organisation.parent_id for organisation in found}
        found = {organisation for organisation in found if organisation.pk not in above}
        around = {word for one in found for word in self._around[one.pk]}
        left = {word for place, word in enumerate(words(name)) if place not in taken}
        return found if left <= SHARED | around else set()

    def _unit(self, entry: Entry, organisation: Organisation) -> Unit | None:
        unit = self.units.get((organisation.pk, plain(entry.unit)))
        if entry.unit and unit is None:
            entry.remarks.append(
                _("The unit “%(unit)s” is not in the register; the organisation alone is noted.")
                % {"unit": entry.unit[:100]}
            )
        return unit

    def _only_unit(self, name: str) -> Unit | None:
        units = self.units_by_name.get(plain(name), []) if name else []
        return units[0] if len(units) == 1 else None

    def _not_found(self, name: str) -> str:
        if name not in self._suggestions:
            near = self._alike(name)
            text = _("The organisation “%(name)s” is not in the register; no position is noted.") % {
                "name": name[:100]
            }
            if near:
                text += " " + _("Did you mean %(names)s?") % {"names": " / ".join(near)}
            self._suggestions[name] = text
        return self._suggestions[name]

    def _alike(self, name: str) -> list[str]:
        """Return the organisations that the name holds, or misses by a slip; that both are hospitals is not enough."""
        own = set(distinctive(name))
        bodies = other_bodies(name)
        known = {
            spelt: found
            for spelt, found in self._telling.items()
            if any(other_bodies(one.name) == bodies for one in found)
        }
        near = [spelt for spelt in known if own and (own <= set(spelt) or own >= set(spelt))]
        if not near:
            joined = {"".join(spelt): spelt for spelt in known}
            near = [
                joined[one]
                for one in get_close_matches("".join(distinctive(name)), joined, SUGGESTIONS, ALIKE)
            ]
        return sorted({str(one) for spelt in near for one in known[spelt]})[:SUGGESTIONS]
