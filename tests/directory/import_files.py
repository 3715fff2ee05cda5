"""Files of people as hospitals send them, built for the tests."""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook

from accounts.models import User
from directory.imports import services
from directory.models import PeopleImport

HEADING = ("Fornavn", "Etternavn", "E-post", "Foretak", "Stilling")


def workbook(*rows: Sequence, title: str = "", sheets: Iterable[str] = ()) -> bytes:
    """Return an xlsx file; `title` stands in merged cells above a blank row, `sheets` are empty ones before it."""
    book = Workbook()
    for name in sheets:
        book.create_sheet(name, 0)
    sheet = book.worksheets[-1]
    if title:
        sheet.append([title])
        sheet.merge_cells("A1:E1")
        sheet.append([])
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def sheets(**tables: Sequence[Sequence]) -> bytes:
    """Return an xlsx file of several sheets, by name in their order; a name that begins with `hidden` is hidden."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def text(*rows: Sequence[str], delimiter: str = ";", encoding: str = "cp1252") -> bytes:
    """Return a csv file."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def importer(email: str = "importor@tjenesten.example") -> User:
    """Return someone who may all, to note as the one who imports."""
    return User.objects.get_or_create(email=email, defaults={"is_superuser": True})[0]


def previewed(content: bytes, mapping: dict[str, str] | None = None, **options) -> PeopleImport:
    """Upload a file, take the guessed columns, and let the worker's job read it."""
    job = services.start(content, "ansatte.xlsx", importer())
    options = {"ends_positions": False, "choices": [], "basis": "", **options}
    assert services.settle_columns(job, mapping or job.mapping, **options)
    services.run_waiting()
    return PeopleImport.objects.get(pk=job.pk)


def confirm(job: PeopleImport, user: User | None = None) -> bool:
    """Confirm the preview as it is now, as the user or a superuser."""
    job.refresh_from_db()
    return services.confirm(job, services.fingerprint(job), user or importer())


def written(content: bytes, **options) -> PeopleImport:
    """The same, confirmed and written."""
    job = previewed(content, **options)
    assert confirm(job)
    services.run_waiting()
    return PeopleImport.objects.get(pk=job.pk)


def taken_back(job: PeopleImport) -> tuple[int, int]:
    """Take an import back; return how many people went and how many stayed, (0, 0) when it was refused."""
    if not services.take_back(job, importer()):
        return 0, 0
    services.run_waiting()
    job.refresh_from_db()
    assert job.status == "undone"
    return job.counts["undone"], job.counts["new"]


def outcomes(job: PeopleImport) -> dict[int, str]:
    """Return row number → outcome."""
    return dict(job.rows.values_list("number", "outcome"))
