"""Write confirmed rows to the register: in batches, each whole or not at all, each row once."""

import logging
from collections.abc import Iterable

from django.db import DatabaseError, InterfaceError, OperationalError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from directory.imports.cells import Entry, read_entry
from directory.imports.judging import Judge, Proposal
from directory.models import ImportRow, PeopleImport, Person, PersonAddress, Position
from directory.signals import import_rows_are_written

logger = logging.getLogger(__name__)
BATCH = 500
Outcome = ImportRow.Outcome


def waiting_rows(job: PeopleImport) -> models.QuerySet[ImportRow]:
    """Return the rows that are still to be written."""
    return job.rows.filter(written_at=None).exclude(outcome=Outcome.REJECTED)


def write_batch(job: PeopleImport, judge: Judge) -> int:
    """Write the next rows; return how many were dealt with, 0 when none is left.

    When the register refuses a batch (somebody registered the same address this very moment), its rows are written
    one by one, and only the refused ones are rejected. A lost database is passed on; the rows wait.
    """
    numbers = list(waiting_rows(job).order_by("number").values_list("pk", flat=True)[:BATCH])
    try:
        _write(job, judge, numbers)
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        for number in numbers:
            _write_alone(job, number)
    return len(numbers)


def _write_alone(job: PeopleImport, number: int) -> None:
    try:
        _write(job, Judge(job), [number])
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError:
        logger.exception("An import's row was refused by the database.")
        job.rows.filter(pk=number).update(
            outcome=Outcome.REJECTED, reason=_("The register could not take the row. Try it by hand.")
        )
        _count_on(job, 1)


@transaction.atomic
def _write(job: PeopleImport, judge: Judge, numbers: list[int]) -> None:
    """Judge the rows anew and write what comes out; a row that another worker has written meanwhile is passed over."""
    rows = list(waiting_rows(job).filter(pk__in=numbers).select_for_update().order_by("number"))
    entries = [read_entry(row.number, row.values, heading_of_names(job)) for row in rows]
    _forget(judge, entries)
    proposals = judge.judge(entries, lock=True)
    _note_differences(rows, proposals)
    written = [proposal for proposal in proposals if proposal.is_written]
    made = _create_people([one for one in written if one.person is None])
    _change_people(written, made)
    _change_positions(written, made)
    people = [made[one.entry.email] if one.person is None else one.person.pk for one in written]
    import_rows_are_written.send(
        sender=PeopleImport, people=people, chosen=job.choices, basis=job.basis, by_hand=False
    )
    _mark(job, [row for row, one in zip(rows, proposals, strict=True) if one.is_written])
    _count_on(job, len(rows))


def heading_of_names(job: PeopleImport) -> str:
    """Return the heading of the column with whole names: it tells which name comes first."""
    for number, field in job.mapping.items():
        if field == "name" and int(number) < len(job.headings):
            return job.headings[int(number)]
    return ""


def _forget(judge: Judge, entries: Iterable[Entry]) -> None:
    """The preview found the file's own duplicates; a batch tried again must not meet itself."""
    judge.seen.clear()
    judge.seen_people.clear()


def _note_differences(rows: list[ImportRow], proposals: list[Proposal]) -> None:
    """What the preview said no longer holds where the register has changed since: the row tells what was done."""
    changed = []
    for row, proposal in zip(rows, proposals, strict=True):
        entry = proposal.entry
        before, after = (
            (row.outcome, row.changes, row.email),
            (proposal.outcome, proposal.changes, entry.email),
        )
        if before == after and not proposal.reason:
            continue
        # A person may have been erased since: then the row keeps no more than its reason.
        row.values, row.email = entry.values, entry.email
        row.outcome, row.reason, row.changes = proposal.outcome, proposal.reason[:500], proposal.changes
        row.remarks = [*entry.remarks, _("The register has changed since the preview.")]
        row.person_id = proposal.person.pk if proposal.person else None
        changed.append(row)
    ImportRow.objects.bulk_update(
        changed, ["outcome", "reason", "changes", "remarks", "person", "values", "email"]
    )


def _create_people(proposals: list[Proposal]) -> dict[str, int]:
    """Register new people; returns primary keys by address in small letters."""
    people = Person.objects.bulk_create(
        Person(
            email=one.entry.addresses[0],
            first_name=one.entry.first_name,
            last_name=one.entry.last_name,
            profession=one.entry.profession,
        )
        for one in proposals
    )
    return {person.email.lower(): person.pk for person in people}


def _change_people(proposals: list[Proposal], made: dict[str, int]) -> None:
    changed = []
    now = timezone.now()
    for proposal in proposals:
        if proposal.person is not None and proposal.fields:
            for name, value in proposal.fields.items():
                setattr(proposal.person, name, value)
            proposal.person.updated_at = now
            changed.append(proposal.person)
    Person.objects.bulk_update(changed, ["first_name", "last_name", "profession", "updated_at"])
    PersonAddress.objects.bulk_create(
        PersonAddress(person_id=_key(one, made), email=address)
        for one in proposals
        for address in one.addresses
    )


def _change_positions(proposals: list[Proposal], made: dict[str, int]) -> None:
    changes = [one.position for one in proposals]
    Position.objects.bulk_update([one.ends for one in changes if one.ends], ["to_date"])
    Position.objects.bulk_update(
        [one.filled for one in changes if one.filled], ["title", "unit", "leader_level"]
    )
    Position.objects.bulk_create(
        Position(person_id=_key(one, made), **one.position.begins) for one in proposals if one.position.begins
    )


def _key(proposal: Proposal, made: dict[str, int]) -> int:
    return proposal.person.pk if proposal.person else made[proposal.entry.email]


def _mark(job: PeopleImport, rows: list[ImportRow]) -> None:
    """Note in the same transaction that the rows are written, and who the new people are."""
    own = models.Subquery(
        Person.objects.annotate(lower=Lower("email")).filter(lower=models.OuterRef("email")).values("pk")[:1]
    )
    now = timezone.now()
    written = ImportRow.objects.filter(pk__in=[row.pk for row in rows])
    written.filter(outcome=Outcome.NEW).update(person_id=own, written_at=now)
    written.exclude(outcome=Outcome.NEW).update(written_at=now)


def _count_on(job: PeopleImport, number: int) -> None:
    PeopleImport.objects.filter(pk=job.pk).update(done=models.F("done") + number)
