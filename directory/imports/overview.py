"""What the preview says of a file as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count
from django.db.models.fields.json import KT

from directory.imports.workplaces import Workplaces
from directory.models import ImportRow, Organisation, PeopleImport

NAMES_SHOWN = 20


@dataclass
class Remarks:
    """How many rows have remarks, and how many of them lose their workplace because the register lacks its name."""

    rows: int = 0
    without_workplace: int = 0
    # Names of organisations as the file spells them, with their rows, the most frequent first.
    names: list[tuple[str, int]] = field(default_factory=list)
    more_names: int = 0


def remarks_of(job: PeopleImport) -> Remarks:
    """Count the remarks of an import's rows; names that the register knows by now are not told."""
    found = (
        job.rows.exclude(remarks=[])
        .order_by()
        .values_list(KT("values__organisation"), "outcome")
        .annotate(rows=Count("pk"))
    )
    result = Remarks()
    named: dict[str, int] = {}
    for name, outcome, number in found:
        result.rows += number
        if name and outcome not in (ImportRow.Outcome.REJECTED, ImportRow.Outcome.UNDONE):
            named[name] = named.get(name, 0) + number
    if named:
        workplaces = Workplaces(job.workplaces)
        unknown = {name: number for name, number in named.items() if workplaces.organisation(name) is None}
        names = sorted(unknown.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
        result.without_workplace = sum(unknown.values())
        result.names, result.more_names = names[:NAMES_SHOWN], max(0, len(names) - NAMES_SHOWN)
    return result


def meant_by(names: Iterable[str], keys: Iterable[str]) -> dict[str, int]:
    """Return name → organisation as the user chose them side by side; a name without a choice is left out."""
    active = {str(one) for one in Organisation.objects.filter(is_active=True).values_list("pk", flat=True)}
    return {name: int(key) for name, key in zip(names, keys, strict=False) if name and key in active}
