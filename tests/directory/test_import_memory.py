"""An import of many rows needs about the memory of one of few: rows are judged, written and taken back in batches."""

import tracemalloc
from collections.abc import Callable

import pytest

from directory.imports import services
from directory.models import Organisation, PeopleImport
from tests.directory.import_files import HEADING, confirm, importer, text

pytestmark = pytest.mark.django_db
FEW, MANY = 1_000, 10_000
# What the judge remembers of each row to find it twice in the file: address and name (bytes).
REMEMBERED = 700


def peak(work: Callable[[], object]) -> int:
    """Return the most memory that was held at once during the work, beyond what was held before (bytes)."""
    tracemalloc.start()
    work()
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used


def peaks(number: int, name: str) -> tuple[int, int]:
    """Return the peaks of judging and of writing so many rows, all with a position and most of them new."""
    rows = [(f"{name}{n}", "Li", f"{name}{n}@ous.example", "OUS", "Leder") for n in range(number)]
    job = services.start(text(HEADING, *rows), "x.csv", importer())
    services.settle_columns(job, job.mapping)
    judged = peak(services.run_waiting)
    assert confirm(job)
    written = peak(services.run_waiting)
    job = PeopleImport.objects.get(pk=job.pk)
    assert (job.status, job.counts["new"]) == ("done", number)
    return judged, written


def test_judging_and_writing_need_little_more_memory_for_ten_thousand_rows_than_for_a_thousand():
    Organisation.objects.create(name="Oslo universitetssykehus", short_name="OUS", kind="health_trust")
    peaks(10, "warm")
    judged_few, written_few = peaks(FEW, "few")
    judged_many, written_many = peaks(MANY, "many")
    assert judged_many < 1.5 * judged_few + (MANY - FEW) * REMEMBERED
    assert written_many < 1.5 * written_few
