"""Import people from a workbook, and measure: read, judge, write; beside a bare bulk_create of the same people.

Usage: python -m bench.imports [rows]. Prints a line of JSON. Works in one transaction that is rolled back.
"""

import io
import json
import os
import resource
import sys
import time

import django

ROWS = 10_000
PLACES = 40


def main() -> None:
    """Import in this process, so that its peak memory is the import's."""
    django.setup()
    from django.db import transaction

    number = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with transaction.atomic():
        names = _places()
        content = _workbook(number, names)
        before = _peak()
        result = _import(content)
        result["peak_mb"] = _peak()
        result["grown_mb"] = result["peak_mb"] - before
        result["bare_seconds"] = _bare(number)
        transaction.set_rollback(True)
    print(json.dumps({"rows": number, "file_mb": round(len(content) / 1e6, 1), **result}))


def _places() -> list[str]:
    from directory.models import Organisation

    made = Organisation.objects.bulk_create(
        Organisation(name=f"Målesykehuset {number} HF", kind="health_trust") for number in range(PLACES)
    )
    return [organisation.name for organisation in made]


def _workbook(number: int, places: list[str]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["Ansatte pr. 1. mars"])
    sheet.append(["Foretak", "Etternavn, Fornavn", "E-post", "Stilling", "Ledernivå", "Yrke"])
    for row in range(number):
        sheet.append([
            places[row % PLACES], f"Måling{row}, Kari", f"kari{row}@maling.example", "Leder", "Enhetsleder",
            "Sykepleier",
        ])  # fmt: skip
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _import(content: bytes) -> dict:
    from accounts.models import User
    from directory.imports import services
    from directory.models import PeopleImport

    user = User.objects.create(email="maling@maling.example")
    start = time.perf_counter()
    job = services.start(content, "maling.xlsx", user)
    services.settle_columns(job, job.mapping, ends_positions=False, choices=[], basis="")
    services.run_waiting()
    read = time.perf_counter()
    job.refresh_from_db()
    services.confirm(job, services.fingerprint(job), user)
    services.run_waiting()
    done = time.perf_counter()
    counts = PeopleImport.objects.get(pk=job.pk).counts
    return {"read_seconds": read - start, "write_seconds": done - read, "written": counts["new"]}


def _bare(number: int) -> float:
    """What the database itself takes for as many people and positions."""
    from directory.models import Organisation, Person, Position

    organisation = Organisation.objects.latest("pk")
    start = time.perf_counter()
    people = Person.objects.bulk_create(
        [
            Person(first_name="Kari", last_name=f"Bar{row}", email=f"kari{row}@bar.example")
            for row in range(number)
        ],
        batch_size=500,
    )
    Position.objects.bulk_create(
        [Position(person_id=person.pk, organisation=organisation, title="Leder") for person in people],
        batch_size=500,
    )
    return time.perf_counter() - start


def _peak() -> int:
    """The most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.development")
    main()
