"""Take an import back: the people it made go again, if nothing has come to hang on them since."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from directory.imports.positions import shown
from directory.models import ImportRow, PeopleImport, Person, PersonAddress, Position
from directory.signals import import_traces_are_collected

BATCH = 500
# A look writes nothing and holds nobody, so it takes more at once.
LOOK_BATCH = 2000
# What an import itself makes of a person in the register.
OWN = (Position, PersonAddress, ImportRow)
Outcome = ImportRow.Outcome


def waiting_rows(job: PeopleImport) -> models.QuerySet[ImportRow]:
    """Return the rows of people the import made that have not been looked at."""
    return job.rows.filter(
        outcome=Outcome.NEW, written_at__isnull=False, person__isnull=False, undone_at__isnull=True
    )


@dataclass
class Outlook:
    """What taking an import back would do: how many go, how many stay, and the first of those with their reasons."""

    gone: int = 0
    staying: int = 0
    first: list[tuple[ImportRow, str]] = field(default_factory=list)


def look(job: PeopleImport, shown_at_most: int) -> Outlook:
    """Return who would go and who would stay as things stand; nothing is changed."""
    outlook = Outlook()
    # The rows tell in the workers' language what was written.
    with translation.override(settings.LANGUAGE_CODE):
        for rows in _batches(job):
            reasons = _reasons_to_stay(job, rows)
            outlook.gone += len(rows) - len(reasons)
            outlook.staying += len(reasons)
            staying = [(row, reasons[row.person_id]) for row in rows if row.person_id in reasons]
            outlook.first += staying[: shown_at_most - len(outlook.first)]
    return outlook


def _batches(job: PeopleImport) -> Iterator[list[ImportRow]]:
    last = 0
    while rows := list(waiting_rows(job).filter(number__gt=last).select_related("person")[:LOOK_BATCH]):
        yield rows
        last = rows[-1].number


def undo(job: PeopleImport, tell: Callable[[int, int], None]) -> None:
    """Delete the people the import made, batch by batch; a worker that was killed goes on with the next batch.

    What was changed of people who were there before stays changed.
    """
    done = job.done
    while looked_at := _undo_batch(job):
        done += looked_at
        tell(done, job.total)
    with transaction.atomic():
        counts = _counts(job)
        if job.move((PeopleImport.Status.UNDOING,), PeopleImport.Status.UNDONE, counts=counts):
            log(instance=job, action="directory.undo_import", user=job.undone_by, data={"counts": counts})


def _counts(job: PeopleImport) -> dict[str, int]:
    """The rows of those who went are no longer new; those of a person erased meanwhile are gone and stay counted."""
    gone = job.rows.filter(outcome=Outcome.UNDONE).count()
    return job.counts | {Outcome.NEW: max(job.counts.get(Outcome.NEW, 0) - gone, 0), Outcome.UNDONE: gone}


@transaction.atomic
def _undo_batch(job: PeopleImport) -> int:
    """Take the next rows back; return how many were looked at, 0 when none is left."""
    rows = list(waiting_rows(job).select_for_update(of=("self",)).select_related("person")[:BATCH])
    # Held, so that nothing comes to hang on a person between the look and the deletion; in the order that writing
    # holds them, lest two workers wait for each other.
    people = Person.objects.filter(pk__in=[row.person_id for row in rows]).order_by("pk")
    held = people.select_for_update().in_bulk()
    rows = [row for row in rows if row.person_id in held]
    for row in rows:
        row.person = held[row.person_id]
    reasons = _reasons_to_stay(job, rows)
    now = timezone.now()
    for row in rows:
        row.undone_at = now
        if row.person_id in reasons:
            row.remarks = [*row.remarks, reasons[row.person_id]]
        else:
            row.outcome = Outcome.UNDONE
    free = [row.person_id for row in rows if row.outcome == Outcome.UNDONE]
    ImportRow.objects.bulk_update(rows, ["undone_at", "remarks", "outcome"])
    Person.objects.filter(pk__in=free).delete()
    PeopleImport.objects.filter(pk=job.pk).update(done=models.F("done") + len(rows))
    return len(rows)


def _reasons_to_stay(job: PeopleImport, rows: list[ImportRow]) -> dict[int, str]:
    """Return who stays and why, by primary key; nothing may be known of the others but what the import made."""
    by_person = {row.person_id: row for row in rows if row.person_id}
    changed = _("Stays: somebody has changed the person since the import.")
    reasons = dict.fromkeys(_changed_since(by_person), changed)
    elsewhere = ImportRow.objects.filter(person__in=by_person, written_at__isnull=False)
    for key in elsewhere.exclude(people_import=job).values_list("person_id", flat=True):
        reasons.setdefault(key, _("Stays: another import has written to the person."))
    for key, name in _pointed_at([key for key in by_person if key not in reasons]):
        reasons.setdefault(key, _("Stays: something belongs to the person (%(what)s).") % {"what": name})
    return reasons


def _changed_since(rows: dict[int, ImportRow]) -> set[int]:
    """Return whose fields were saved later, and who has a position or further address the row does not tell of."""
    found = {
        key
        for key, row in rows.items()
        if row.written_at and row.person and row.person.updated_at > row.written_at
    }
    told = {key: {new for _label, _old, new in row.changes} for key, row in rows.items()}
    positions = Position.objects.filter(person__in=rows).select_related("organisation", "unit")
    found |= {one.person_id for one in positions if shown(one) not in told[one.person_id]}
    addresses = PersonAddress.objects.filter(person__in=rows)
    return found | {one.person_id for one in addresses if one.email not in told[one.person_id]}


def _pointed_at(keys: list[int]) -> Iterator[tuple[int, str]]:
    """Yield who has a log-in or a row of another app, and what it is; an import's own traces count for nothing."""
    traces: dict[type[models.Model], models.Q] = {}
    import_traces_are_collected.send(sender=PeopleImport, traces=traces)
    for key in Person.objects.filter(pk__in=keys, user__isnull=False).values_list("pk", flat=True):
        yield key, _("log-in")
    for relation in Person._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.is_relation and not relation.concrete):
            continue
        model = relation.related_model
        if model in OWN or relation.many_to_many:
            continue
        pointing = model._base_manager.filter(**{f"{relation.field.name}__in": keys})
        if model in traces:
            pointing = pointing.exclude(traces[model])
        for key in pointing.values_list(relation.field.attname, flat=True).distinct():
            yield key, str(model._meta.verbose_name)
