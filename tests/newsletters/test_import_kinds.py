"""Every kind of file that hospitals send goes the whole way: columns, preview, written, rejected rows back."""

import io
import random
import tracemalloc

import pytest
from openpyxl import load_workbook

from directory.imports import reading, services
from directory.imports.rejects import rejected_rows
from directory.models import Organisation, PeopleImport, Person
from newsletters.models import Subscription
from newsletters.subscriptions import unsubscribe
from tests.directory.import_files import confirm, outcomes, previewed, text, workbook
from tests.newsletters.factories import PersonFactory, SeriesFactory

pytestmark = pytest.mark.django_db
HEADING = ("Etternavn, Fornavn", "E-post", "Foretak", "Stilling", "Skonummer")
KARI = ("Ødegård, Kari", "kari@ous.example; k.odegard@privat.example", "OUS", "Enhetsleder", "38")
PER = ("Dal, Per", "per@ous.example", "Oslo universitetssykehus HF", "Seksjonsleder", "44")
LEFT = ("Moe, Liv", "liv@ous.example", "OUS", "", "40")
AGAIN = ("Dal, Per", "PER@ous.example", "", "", "")
FAULTY = ("Åsheim, Ås", "aas(at)ous.example", "OUS", "", "41")
BLANK = ("", "", "", "", "")
ROWS = (HEADING, KARI, BLANK, PER, LEFT, BLANK, BLANK, AGAIN, FAULTY)


def in_another_order(rows):
    """Return the columns shuffled, always the same way."""
    places = list(range(len(HEADING)))
    random.Random(7).shuffle(places)
    assert places != sorted(places)
    return [tuple(row[place] for place in places) for row in rows]


# What Excel and personnel systems write when an .xls is saved as text.
KINDS = {
    "workbook": workbook(*ROWS),
    "workbook with a merged title, a blank row and an empty sheet": workbook(
        *ROWS, title="Ledere i TSB pr. 1. mars", sheets=["Tomt"]
    ),
    "workbook with its columns in another order": workbook(*in_another_order(ROWS)),
    "csv from Excel, semicolons and Windows-1252": text(*ROWS),
    "csv with the line that names the sign": b"sep=;\r\n" + text(*ROWS),
    "csv in UTF-8 with a byte order mark": text(*ROWS, encoding="utf-8-sig"),
    "csv with commas and quotation marks": text(*ROWS, delimiter=",", encoding="utf-8"),
    "Unicode text from Excel": text(*ROWS, delimiter="\t", encoding="utf-16"),
    "csv with title rows and empty columns after the table": text(
        ("Ledere i TSB", "", "", "", ""), BLANK, *((*row, "", "") for row in ROWS)
    ),
    "csv with its columns in another order": text(*in_another_order(ROWS)),
}


@pytest.fixture
def series(db):
    Organisation.objects.create(name="Oslo universitetssykehus HF", short_name="OUS", kind="health_trust")
    return SeriesFactory(name="TSB-lederbrev")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_goes_the_whole_way(series, kind):
    unsubscribe(PersonFactory(first_name="Liv", last_name="Moe", email="liv@ous.example"), series)
    job = previewed(KINDS[kind], choices=[f"series-{series.pk}"], basis="Liste fra foretaket")
    assert job.counts == {"new": 2, "changed": 1, "unchanged": 0, "rejected": 2}
    assert Person.objects.count() == 1
    assert "Har meldt seg av TSB-lederbrev" in str(job.rows.get(outcome="changed").remarks)
    assert "Skonummer" not in str(list(job.rows.values_list("values", flat=True)))
    before = outcomes(job)
    assert confirm(job)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, job.total, outcomes(job)) == ("done", 3, 3, before)
    people = Person.objects.order_by("email").values_list("first_name", "last_name", "email")
    assert list(people) == [
        ("Kari", "Ødegård", "kari@ous.example"),
        ("Liv", "Moe", "liv@ous.example"),
        ("Per", "Dal", "per@ous.example"),
    ]
    kari = Person.objects.get(first_name="Kari")
    assert [address.email for address in kari.further_addresses.all()] == ["k.odegard@privat.example"]
    assert (str(kari.current_position.organisation), kari.current_position.title) == (
        "Oslo universitetssykehus HF",
        "Enhetsleder",
    )
    statuses = Subscription.objects.order_by("person__email").values_list("status", flat=True)
    assert list(statuses) == ["active", "unsubscribed", "active"]
    reasons = [row.reason for row in job.rows.filter(outcome="rejected")]
    assert reasons[0].startswith("Samme adresse står i rad ")
    assert reasons[1] == "«aas(at)ous.example» er ikke en e-postadresse."


@pytest.mark.parametrize("kind", ["workbook", "csv from Excel, semicolons and Windows-1252"])
def test_rejected_rows_come_back_as_a_file_that_is_mended_and_imported(series, kind):
    job = previewed(KINDS[kind])
    book = load_workbook(io.BytesIO(rejected_rows(job)))
    for cells in book.active.iter_rows():
        for cell in cells:
            if cell.value == "aas(at)ous.example":
                cell.value = "aas@ous.example"
    mended = io.BytesIO()
    book.save(mended)
    again = previewed(mended.getvalue())
    assert again.rows.get(email="aas@ous.example").outcome == "new"
    assert PeopleImport.objects.count() == 2


def test_a_large_workbook_is_read_in_a_bounded_memory():
    def peak(number):
        rows = ((f"Li, Kari{n}", f"kari{n}@ous.example", "OUS", "Leder", "38") for n in range(number))
        content = workbook(HEADING, *rows)
        tracemalloc.start()
        assert sum(1 for _row in reading.open_table(content).rows()) == number
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(4000) < 1.5 * peak(500) + 300_000
