"""The life of an import: uploaded, its columns settled, read and judged, confirmed, written, forgotten."""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from accounts.models import User
from directory.imports import reading, writing
from directory.imports.cells import read_entry
from directory.imports.errors import PreviewHasChanged, UnreadableFile
from directory.imports.judging import Judge, Proposal
from directory.imports.mapping import guess, values_of
from directory.models import ImportFile, ImportRow, PeopleImport
from directory.models.imports import FILE_DAYS, ROW_DAYS

logger = logging.getLogger(__name__)
BATCH = 500
LOCK_SPACE = 0x494D504F  # a number nobody else uses for advisory locks
Status = PeopleImport.Status


def start(content: bytes, file_name: str, user: User) -> PeopleImport:
    """Keep a file and guess its columns. Raises UnreadableFile, and keeps nothing, when it holds no table."""
    table = reading.open_table(content)
    with transaction.atomic():
        job = PeopleImport.objects.create(
            created_by=user,
            file_name=file_name[-200:],
            headings=table.headings,
            mapping=guess(table.headings, table.samples(20)),
        )
        ImportFile.objects.create(people_import=job, content=content)
    return job


def table_of(job: PeopleImport) -> reading.Table:
    """Open the file of an import. Raises UnreadableFile when it has been deleted meanwhile."""
    kept = ImportFile.objects.filter(people_import=job).first()
    if kept is None:
        raise UnreadableFile(_("The file has been deleted. Choose it again."))
    return reading.open_table(bytes(kept.content))


def settle_columns(job: PeopleImport, mapping: dict[str, str], **options) -> bool:
    """Note columns and options, and have a worker read the file. False when somebody was first.

    `options` are the fields ends_positions, choices and basis. Settled anew, an earlier preview is thrown away.
    """
    moved = job.move(
        PeopleImport.WAITING,
        Status.READING,
        mapping=mapping,
        done=0,
        total=0,
        counts={},
        failure="",
        **options,
    )
    if moved:
        transaction.on_commit(wake)
    return moved


def fingerprint(job: PeopleImport) -> str:
    """Return what tells one preview from another: columns, options, and how many rows have each outcome."""
    seen = [job.pk, job.mapping, job.choices, job.basis, job.ends_positions, job.counts]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def confirm(job: PeopleImport, seen: str | None = None) -> bool:
    """Have a worker write what the preview shows. Pressed twice, the second press does nothing.

    `seen` is the fingerprint of the preview that the user looked at; raises PreviewHasChanged when it is another by
    now. None confirms the preview as it is.
    """
    # Held, so that nobody settles other columns between the look at the fingerprint and the new status.
    job = PeopleImport.objects.select_for_update().get(pk=job.pk)
    ready = job.status == Status.PREVIEWED or (job.status == Status.FAILED and job.counts)
    if ready and seen is not None and seen != fingerprint(job):
        raise PreviewHasChanged(
            _("The preview has changed since you looked at it. Look through it again before you confirm.")
        )
    waiting = writing.waiting_rows(job).count()
    moved = bool(ready) and job.move((job.status,), Status.WRITING, done=0, total=waiting, failure="")
    if moved:
        transaction.on_commit(wake)
    return moved


def cancel(job: PeopleImport) -> bool:
    """Throw away an import of which nothing has been written."""
    return bool(PeopleImport.objects.filter(pk=job.pk, status__in=PeopleImport.WAITING).delete()[0])


def wake() -> None:
    """Ask a worker to look after the imports. Without a broker the scheduler asks within half a minute."""
    from directory.tasks import run_imports

    try:
        run_imports.apply_async(retry=False)
    except Exception:  # whatever a broker's client raises
        logger.exception("The queue of jobs does not answer; the import waits for the scheduler.")


def run_waiting() -> None:
    """Read and write what waits. A worker that was killed let go of its lock, so another goes on where it stood."""
    for job in PeopleImport.objects.filter(status__in=PeopleImport.WORKING).order_by("created_at"):
        with _alone(job) as free:
            if free:
                _run(job.pk)


def _run(key: int) -> None:
    job = PeopleImport.objects.get(pk=key)
    work = {Status.READING: _read, Status.WRITING: _write}.get(Status(job.status))
    if work is None:
        return
    try:
        work(job)
    except UnreadableFile as error:
        job.rows.all().delete()
        job.move((job.status,), Status.FAILED, failure=str(error)[:500], counts={})
    except (OperationalError, InterfaceError):
        raise  # the database is away: the import keeps its status and is taken up again
    except Exception:
        sentence = _(
            "An error on our side stopped the import. What is written stays written; the rest waits."
        )
        job.move((job.status,), Status.FAILED, failure=sentence)
        raise


@contextmanager
def _alone(job: PeopleImport) -> Iterator[bool]:
    """Hold an import for this connection: yields whether it was free. The database frees it if the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job.pk])
        free = cursor.fetchone()[0]
    try:
        yield free
    finally:
        if free and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job.pk])


def _read(job: PeopleImport) -> None:
    """Judge every row of the file and keep what is proposed. Begun anew, it begins from the first row."""
    table = table_of(job)
    job.rows.all().delete()
    PeopleImport.objects.filter(pk=job.pk).update(total=sum(1 for _row in table.rows()), done=0)
    judge, heading = Judge(job), writing.heading_of_names(job)
    rows = table.rows()
    done = 0
    while batch := list(islice(rows, BATCH)):
        entries = [read_entry(number, values_of(cells, job.mapping), heading) for number, cells in batch]
        with transaction.atomic():
            proposals = judge.judge(entries)
            ImportRow.objects.bulk_create(_row(job, proposal) for proposal in proposals)
            done += len(batch)
            PeopleImport.objects.filter(pk=job.pk).update(done=done)
    job.move((Status.READING,), Status.PREVIEWED, counts=count(job))


def _row(job: PeopleImport, proposal: Proposal) -> ImportRow:
    return ImportRow(
        people_import=job,
        number=proposal.entry.number,
        values=proposal.entry.values,
        email=proposal.entry.email,
        outcome=proposal.outcome,
        reason=proposal.reason[:500],
        changes=proposal.changes if proposal.is_written else [],
        remarks=proposal.entry.remarks,
        person=proposal.person,
    )


def _write(job: PeopleImport) -> None:
    judge = Judge(job)
    while writing.write_batch(job, judge):
        pass
    with transaction.atomic():
        counts = count(job)
        if job.move((Status.WRITING,), Status.DONE, counts=counts, finished_at=timezone.now()):
            ImportFile.objects.filter(people_import=job).delete()
            log(instance=job, action="directory.import", user=job.created_by, data={"counts": counts})


def count(job: PeopleImport) -> dict[str, int]:
    """Return how many rows have each outcome."""
    found = dict(job.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome: found.get(outcome, 0) for outcome in ImportRow.Outcome.values}


def erase_old() -> None:
    """Delete files nobody went on with, rows older than a month, and imports that never came further."""
    now = timezone.now()
    stale = PeopleImport.objects.filter(created_at__lt=now - timedelta(days=FILE_DAYS))
    stale.filter(status__in=PeopleImport.WAITING).delete()
    ImportFile.objects.filter(people_import__in=stale.exclude(status__in=PeopleImport.WORKING)).delete()
    ImportRow.objects.filter(people_import__created_at__lt=now - timedelta(days=ROW_DAYS)).delete()
