"""The rejected rows as a workbook, each with its reason; mended, it can be imported as it is."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook

from core.spreadsheets import harmless
from directory.imports.mapping import FIELDS
from directory.models import ImportRow, PeopleImport


def rejected_rows(job: PeopleImport) -> bytes:
    """Return the workbook."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Not accepted"))
    for row in _table(job):
        sheet.append(row)
    file = BytesIO()
    workbook.save(file)
    return file.getvalue()


def _table(job: PeopleImport) -> Iterator[list[Any]]:
    """Yield the heading and the rows, under the file's own headings, so that they are understood the same way again."""
    # The first column where several hold the same field.
    headings = {job.mapping[n]: job.headings[int(n)] for n in sorted(job.mapping, key=int, reverse=True)}
    fields = [field for field in FIELDS if field in headings]
    yield [*(harmless(headings[field]) for field in fields), _("Row in the file"), _("Reason")]
    for row in job.rows.filter(outcome=ImportRow.Outcome.REJECTED).iterator():
        cells = [harmless(row.values.get(field, "")) for field in fields]
        yield [*cells, row.number, harmless(row.reason)]
