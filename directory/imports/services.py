"""The life of an import: uploaded, its columns settled, read and judged, confirmed, written, forgotten."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import islice

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from accounts.models import User
from directory.imports import reading, scrubbing, undoing, writing
from directory.imports.alone import alone
from directory.imports.cells import read_entry
from directory.imports.errors import PreviewHasChanged, UnreadableFile
from directory.imports.judging import Judge, Proposal
from directory.imports.mapping import guess, values_of
from directory.models import ImportFile, ImportRow, PeopleImport
from directory.models.imports import FILE_DAYS, ROW_DAYS

logger = logging.getLogger(__name__)
BATCH = 500
Status = PeopleImport.Status
Tell = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tell nobody how far the work has come; the import itself keeps it."""


def start(content: bytes, file_name: str, user: User | None) -> PeopleImport:
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
def confirm(job: PeopleImport, seen: str) -> bool:
    """Have a worker write what the preview shows. Pressed twice, the second press does nothing.

    `seen` is the fingerprint of the preview that the user looked at; raises PreviewHasChanged when it is another by
    now. The rows hold all that is written, so the file goes.
    """
    # Held, so that nobody settles other columns between the look at the fingerprint and the new status.
    job = PeopleImport.objects.select_for_update().get(pk=job.pk)
    ready = job.status == Status.PREVIEWED or (job.status == Status.FAILED and job.counts)
    if ready and seen != fingerprint(job):
        raise PreviewHasChanged(
            _("The preview has changed since you looked at it. Look through it again before you confirm.")
        )
    waiting = writing.waiting_rows(job).count()
    moved = bool(ready) and job.move((job.status,), Status.WRITING, done=0, total=waiting, failure="")
    if moved:
        ImportFile.objects.filter(people_import=job).delete()
        transaction.on_commit(wake)
    return moved


def cancel(job: PeopleImport) -> bool:
    """Throw away an import of which nothing has been written."""
    return bool(PeopleImport.objects.filter(pk=job.pk, status__in=PeopleImport.WAITING).delete()[0])


def take_back(job: PeopleImport, user: User) -> bool:
    """Have a worker take the import back; False when it is too late, a worker is at it, or somebody was first."""
    if not job.can_be_undone:
        return False
    waiting = undoing.waiting_rows(job).count()
    moved = job.move((Status.DONE,), Status.UNDOING, undone_by=user, done=0, total=waiting, failure="")
    if moved:
        transaction.on_commit(wake)
    return moved


def wake() -> None:
    """Ask a worker to look after the imports. Without a broker the scheduler asks within half a minute."""
    from directory.tasks import run_imports

    try:
        run_imports.apply_async(retry=False)
    except Exception:  # whatever a broker's client raises
        logger.exception("The queue of jobs does not answer; the import waits for the scheduler.")


def run_waiting() -> None:
    """Do what waits. A worker that was killed let go of its lock, so another goes on where it stood."""
    scrubbing.scrub_files()
    for job in PeopleImport.objects.filter(status__in=PeopleImport.WORKING).order_by("created_at"):
        run(job)


def run(job: PeopleImport, tell: Tell = silent) -> None:
    """Read, write or take back an import, unless another worker is at it. `tell` hears rows done and rows in all."""
    with alone(job) as free:
        if free:
            _run(job.pk, tell)


def _run(key: int, tell: Tell) -> None:
    job = PeopleImport.objects.get(pk=key)
    work = {Status.READING: _read, Status.WRITING: _write, Status.UNDOING: undoing.undo}.get(
        Status(job.status)
    )
    if work is None:
        return
    try:
        work(job, tell)
    except UnreadableFile as error:
        job.rows.all().delete()
        ImportFile.objects.filter(people_import=job).delete()
        job.move((job.status,), Status.FAILED, failure=str(error)[:500], counts={})
    except (OperationalError, InterfaceError):
        raise  # the database is away: the import keeps its status and is taken up again
    except Exception:
        _stop(job)
        raise


def _stop(job: PeopleImport) -> None:
    """Say that an error of ours has stopped the work, and let the user go on from there."""
    if job.status == Status.UNDOING:
        sentence = _(
            "An error on our side stopped this. Who is taken out stays out; you can take back the rest."
        )
        job.move((job.status,), Status.DONE, failure=sentence)
        return
    sentence = _("An error on our side stopped the import. What is written stays written; the rest waits.")
    job.move((job.status,), Status.FAILED, failure=sentence)


def _read(job: PeopleImport, tell: Tell) -> None:
    """Judge every row of the file and keep what is proposed. Begun anew, it begins from the first row."""
    table = table_of(job)
    job.rows.all().delete()
    total = sum(1 for _row in table.rows())
    PeopleImport.objects.filter(pk=job.pk).update(total=total, done=0)
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
        tell(done, total)
    job.move((Status.READING,), Status.PREVIEWED, counts=job.count())


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


def _write(job: PeopleImport, tell: Tell) -> None:
    judge, done = Judge(job), job.done
    while written := writing.write_batch(job, judge):
        done += written
        tell(done, job.total)
    with transaction.atomic():
        counts = job.count()
        if job.move((Status.WRITING,), Status.DONE, counts=counts, finished_at=timezone.now()):
            log(instance=job, action="directory.import", user=job.created_by, data={"counts": counts})


def erase_old() -> None:
    """Delete files nobody went on with, rows older than a month, and imports that never came further."""
    now = timezone.now()
    stale = PeopleImport.objects.filter(created_at__lt=now - timedelta(days=FILE_DAYS))
    stale.filter(status__in=PeopleImport.WAITING).delete()
    ImportFile.objects.filter(people_import__in=stale.exclude(status__in=PeopleImport.WORKING)).delete()
    ImportRow.objects.filter(people_import__created_at__lt=now - timedelta(days=ROW_DAYS)).delete()
