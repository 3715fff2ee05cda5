"""Take people who are erased out of what waits to be imported: out of rows at once, out of files by a worker."""

import csv
import io
import logging

from django.conf import settings
from django.db import InterfaceError, OperationalError, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from directory.imports import reading
from directory.imports.alone import alone
from directory.imports.cells import addresses_in
from directory.imports.errors import UnreadableFile
from directory.imports.judging import barred_addresses
from directory.models import ImportFile, ImportRow, PeopleImport, Person

logger = logging.getLogger(__name__)
BATCH = 500
Status = PeopleImport.Status


def forget(person: Person, addresses: set[str]) -> None:
    """Leave nothing of a person in imported rows: rows that wait keep their number and the reason, others go.

    `addresses` are all of the person's, in small letters. Files that wait are looked through by a worker.
    """
    named = models.Q(person=person) | models.Q(email__in=addresses)
    for address in addresses:  # a row may name it beside another address
        named |= models.Q(values__email__icontains=address)
    rows = ImportRow.objects.filter(named)
    waiting = rows.filter(written_at=None)
    touched = set(waiting.values_list("people_import", flat=True))
    with translation.override(settings.LANGUAGE_CODE):
        reason = next(iter(barred_addresses(addresses).values()), _("Erased on own request."))
    waiting.update(
        values={},
        email="",
        person=None,
        changes=[],
        remarks=[],
        outcome=ImportRow.Outcome.REJECTED,
        reason=reason,
    )
    rows.exclude(written_at=None).delete()
    _forget_remarks(addresses)
    for job in PeopleImport.objects.filter(pk__in=touched, status=Status.PREVIEWED):
        # Whoever has the preview open is asked to look at it again.
        PeopleImport.objects.filter(pk=job.pk).update(counts=job.count())
    ImportFile.objects.update(may_name_erased=True, erasures=models.F("erasures") + 1)


def _forget_remarks(addresses: set[str]) -> None:
    """Rows of namesakes tell of the person's address."""
    for address in addresses:
        for row in ImportRow.objects.filter(remarks__icontains=address):
            row.remarks = [remark for remark in row.remarks if address not in remark.lower()]
            row.save(update_fields=["remarks"])


def scrub_files() -> None:
    """Look through the files that have waited since somebody was erased. One that fails keeps none of the others."""
    for job in PeopleImport.objects.filter(file__may_name_erased=True):
        with alone(job) as free:
            if not free:
                continue
            try:
                _scrub(job.pk)
            except (OperationalError, InterfaceError):
                raise  # the database is away: the file keeps its mark
            except Exception:
                logger.exception("A waiting file could not be searched for people who were erased; it waits.")


def _scrub(key: int) -> None:
    """Write the file anew without the rows of people who were erased; each says so in place of the address.

    Nothing is held while the file is read, which may take a minute: whoever erases somebody does not wait. The mark
    stays until the file is written, and for another look if somebody was erased or another sheet chosen meanwhile.
    """
    file = ImportFile.objects.filter(people_import=key).select_related("people_import").first()
    if file is None:
        return
    sheet = file.people_import.sheet
    try:
        content = without_erased(bytes(file.content), sheet)
    except UnreadableFile:
        logger.exception("A waiting file could not be searched for people who were erased; it is deleted.")
        file.delete()
        return
    anew = {} if content is None else {"content": content}
    with transaction.atomic():
        # Held, so that no other sheet is chosen between the look at it and the new file.
        held = PeopleImport.objects.select_for_update().filter(pk=key, sheet=sheet)
        if held.first():
            unchanged = ImportFile.objects.filter(pk=file.pk, erasures=file.erasures)
            unchanged.update(may_name_erased=False, **anew)


def without_erased(content: bytes, sheet: str = "") -> bytes | None:
    """Return the table without the rows that name somebody erased, as CSV with the same rows; None if none does.

    Other sheets of a workbook are left out: they may name people too. Raises UnreadableFile.
    """
    barred = _barred_in(content)
    if not barred:
        return None
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    last = 0
    for number, cells in reading.every_row(content, sheet):
        for _blank in range(last + 1, number):  # rows keep their numbers
            writer.writerow([])
        last = number
        if barred.intersection(_named(cells)):
            cells = [_("Erased") if "@" in cell else "" for cell in cells]
        writer.writerow(cells)
    return text.getvalue().encode("utf-8-sig")


def _named(cells: list[str]) -> set[str]:
    """Return the addresses of a row in small letters."""
    return {address.lower() for cell in cells if "@" in cell for address in addresses_in(cell)}


def _barred_in(content: bytes) -> set[str]:
    found: set[str] = set()
    waiting: set[str] = set()
    for _number, cells in reading.every_sheets_rows(content):
        waiting |= _named(cells)
        if len(waiting) > BATCH:
            found |= set(barred_addresses(waiting))
            waiting.clear()
    return found | set(barred_addresses(waiting))
