"""Find the organisation and unit a row names among those of the register; nothing is made up or guessed."""

import re
from difflib import get_close_matches
from functools import lru_cache

from django.utils.translation import gettext as _

from directory.imports.cells import Entry
from directory.imports.mapping import plain
from directory.models import Organisation, Unit

# What hospitals' names carry or lack from file to file.
LEGAL_FORM = re.compile(r"\b(hf|rhf|as|sa|helseforetak)\b", re.IGNORECASE)
SUGGESTIONS = 3
ALIKE = 0.6


@lru_cache(maxsize=10_000)
def _key(name: str) -> str:
    return plain(LEGAL_FORM.sub(" ", name)) or plain(name)


class Workplaces:
    """The register's active organisations and units, by name; read once for an import."""

    def __init__(self) -> None:
        self.organisations: dict[str, set[Organisation]] = {}
        for organisation in Organisation.objects.filter(is_active=True).select_related("region"):
            for name in {organisation.name, organisation.short_name} - {""}:
                self.organisations.setdefault(_key(name), set()).add(organisation)
        self.units: dict[tuple[int, str], Unit] = {}
        self.units_by_name: dict[str, list[Unit]] = {}
        units = Unit.objects.filter(is_active=True, organisation__is_active=True)
        for unit in units.select_related("organisation__region"):
            self.units[unit.organisation_id, plain(unit.name)] = unit
            self.units_by_name.setdefault(plain(unit.name), []).append(unit)
        self._suggestions: dict[str, str] = {}

    def find(self, entry: Entry) -> tuple[Organisation | None, Unit | None]:
        """Return where the person works; what could not be found is added to the entry's remarks."""
        if not entry.organisation:
            unit = self._only_unit(entry.unit)
            return (unit.organisation if unit else None), unit
        found = self.organisations.get(_key(entry.organisation), set())
        if len(found) != 1:
            entry.remarks.append(self._not_found(entry.organisation))
            return None, None
        organisation = next(iter(found))
        if entry.region and organisation.region and _key(entry.region) != _key(organisation.region.name):
            entry.remarks.append(
                _("The file says %(file)s; in the register %(organisation)s belongs to %(register)s.")
                % {
                    "file": entry.region[:80],
                    "organisation": organisation,
                    "register": organisation.region,
                }
            )
        return organisation, self._unit(entry, organisation)

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
            close = get_close_matches(_key(name), self.organisations, SUGGESTIONS, ALIKE)
            near = sorted({str(one) for key in close for one in self.organisations[key]})[:SUGGESTIONS]
            text = _("The organisation “%(name)s” is not in the register; no position is noted.") % {
                "name": name[:100]
            }
            if near:
                text += " " + _("Did you mean %(names)s?") % {"names": " / ".join(near)}
            self._suggestions[name] = text
        return self._suggestions[name]
