"""The life of an import: uploaded, its columns settled, read and judged, confirmed, written, forgotten."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import islice

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from accounts.models import User
from directory.imports import reading, scrubbing, undoing, writing
from directory.imports.alone import alone
from directory.imports.cells import read_entry
from directory.imports.errors import MayNotSubscribe, PreviewHasChanged, UnreadableFile
from directory.imports.judging import Judge, Proposal
from directory.imports.mapping import guess, values_of
from directory.imports.offers import offer_for
from directory.models import ImportFile, ImportRow, PeopleImport
from directory.models.imports import FILE_DAYS, ROW_DAYS

logger = logging.getLogger(__name__)
BATCH = 500
Status = PeopleImport.Status
Tell = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tell nobody how far the work has come; the import itself keeps it."""


def start(content: bytes, file_name: str, user: User | None, sheet: str = "") -> PeopleImport:
    """Keep a file and guess its columns, and which sheet holds the list unless told.

    Raises UnreadableFile, and keeps nothing, when it holds no table.
    """
    table = reading.open_upload(content, sheet)
    mapping = guess(table.headings, table.samples(20))
    if "email" not in mapping.values() and reading.is_misnamed(file_name, content):
        raise UnreadableFile(
            _("The file is called a workbook but is none, and holds no table of people. Choose another file.")
        )
    with transaction.atomic():
        job = PeopleImport.objects.create(
            created_by=user,
            file_name=file_name[-200:],
            sheet=table.sheet,
            headings=table.headings,
            mapping=mapping,
        )
        ImportFile.objects.create(people_import=job, content=content)
    return job


def content_of(job: PeopleImport) -> bytes:
    """Return the file of an import. Raises UnreadableFile when it has been deleted meanwhile."""
    kept = ImportFile.objects.filter(people_import=job).first()
    if kept is None:
        raise UnreadableFile(_("The file has been deleted. Choose it again."))
    return bytes(kept.content)


@transaction.atomic
def choose_sheet(job: PeopleImport, name: str) -> bool:
    """Take another sheet of the workbook and guess its columns; an earlier preview is thrown away.

    False when the file is being read or is written already. Raises UnreadableFile when there is no such sheet.
    """
    held = PeopleImport.objects.select_for_update().filter(pk=job.pk, status__in=PeopleImport.WAITING)
    if held.first() is None:
        return False
    table = reading.open_table(content_of(job), name)
    job.rows.all().delete()
    return job.move(
        PeopleImport.WAITING,
        Status.UPLOADED,
        sheet=table.sheet,
        headings=table.headings,
        mapping=guess(table.headings, table.samples(20)),
        done=0,
        total=0,
        counts={},
    )


def settle_columns(job: PeopleImport, mapping: dict[str, str], **options) -> bool:
    """Note columns and options, and have a worker read the file. False when somebody was first or chose another sheet.

    `options` are the fields ends_positions, choices, basis and workplaces. Settled anew, an earlier preview is thrown
    away.
    """
    same = PeopleImport.objects.filter(pk=job.pk, status__in=PeopleImport.WAITING, sheet=job.sheet)
    moved = bool(
        same.update(status=Status.READING, mapping=mapping, done=0, total=0, counts={}, failure="", **options)
    )
    if moved:
        transaction.on_commit(wake)
    return moved


def fingerprint(job: PeopleImport) -> str:
    """Return what tells one preview from another: sheet, columns, options, and how many rows have each outcome."""
    seen = [job.pk, job.sheet, job.mapping, job.choices, job.basis, job.ends_positions, job.workplaces]
    seen.append(job.counts)
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()


def may_go_on(job: PeopleImport) -> bool:
    """Whether an import that stopped while it was written can be taken up again: its rows are still there."""
    return job.status == Status.FAILED and bool(job.counts) and job.rows.exists()


def may_subscribe(job: PeopleImport, user: User | None) -> bool:
    """Whether the user may add people to all that the import adds them to; None is the operator."""
    if not job.choices or user is None:
        return True
    # What is no longer there subscribes nobody.
    there, own = ({key for key, _label in offer_for(one).choices} for one in (None, user))
    return not (set(job.choices) & there) - own


@transaction.atomic
def confirm(job: PeopleImport, seen: str, user: User | None) -> bool:
    """Have a worker write what the preview shows. Pressed twice, the second press does nothing.

    `seen` is the fingerprint of the preview that the user looked at; raises PreviewHasChanged when it is another by
    now, MayNotSubscribe when it adds people to what somebody else chose and this user may not. The rows hold all that
    is written, so the file goes.
    """
    # Held, so that nobody settles other columns between the look at the fingerprint and the new status.
    job = PeopleImport.objects.select_for_update().get(pk=job.pk)
    ready = job.status == Status.PREVIEWED or may_go_on(job)
    if ready and seen != fingerprint(job):
        raise PreviewHasChanged(
            _("The preview has changed since you looked at it. Look through it again before you confirm.")
        )
    if ready and not may_subscribe(job, user):
        raise MayNotSubscribe(not_yours())
    waiting = writing.waiting_rows(job).count()
    moved = bool(ready) and job.move(
        (job.status,), Status.WRITING, confirmed_by=user, done=0, total=waiting, failure=""
    )
    if moved:
        ImportFile.objects.filter(people_import=job).delete()
        transaction.on_commit(wake)
    return moved


def not_yours() -> str:
    """Say why somebody else must confirm."""
    return _(
        "This import subscribes people to letters, and you may subscribe nobody. Somebody who may must confirm it."
        " Or change the columns: your choice is without letters."
    )


@transaction.atomic
def cancel(job: PeopleImport) -> bool:
    """Throw away an import of which nothing has been written."""
    return _delete_waiting(PeopleImport.objects.filter(pk=job.pk))


def _delete_waiting(jobs: QuerySet[PeopleImport]) -> bool:
    """Delete those that wait for somebody; held first, so that none is confirmed between the look and the deletion."""
    held = list(jobs.filter(status__in=PeopleImport.WAITING).select_for_update().order_by("pk"))
    return bool(PeopleImport.objects.filter(pk__in=[job.pk for job in held]).delete()[0])


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
    # It may have been finished by another worker, and thrown away, since we saw it.
    job = PeopleImport.objects.filter(pk=key).first()
    works = {Status.READING: _read, Status.WRITING: _write, Status.UNDOING: undoing.undo}
    work = works.get(Status(job.status)) if job else None
    if job is None or work is None:
        return
    try:
        work(job, tell)
    except UnreadableFile as error:
        _give_up(job, str(error)[:500])
    except (OperationalError, InterfaceError):
        raise  # the database is away: the import keeps its status and is taken up again
    except Exception:
        _stop(job)
        raise


def _give_up(job: PeopleImport, sentence: str) -> None:
    """Say why the file could not be read, and keep nothing of it."""
    job.rows.all().delete()
    ImportFile.objects.filter(people_import=job).delete()
    job.move((job.status,), Status.FAILED, failure=sentence, counts={})


def _stop(job: PeopleImport) -> None:
    """Say that an error of ours has stopped the work, and let the user go on from there."""
    if job.status == Status.READING:
        sentence = _("An error on our side stopped the reading. Nothing is written. Choose the file again.")
        _give_up(job, sentence)
        return
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
    table = reading.open_kept(content_of(job), job.sheet)
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
            user = job.confirmed_by or job.created_by
            log(instance=job, action="directory.import", user=user, data={"counts": counts})


def erase_old() -> None:
    """Delete files nobody went on with, rows older than a month, and imports that never came further."""
    now = timezone.now()
    stale = PeopleImport.objects.filter(created_at__lt=now - timedelta(days=FILE_DAYS))
    with transaction.atomic():
        _delete_waiting(stale)
    ImportFile.objects.filter(people_import__in=stale.exclude(status__in=PeopleImport.WORKING)).delete()
    ImportRow.objects.filter(people_import__created_at__lt=now - timedelta(days=ROW_DAYS)).delete()
