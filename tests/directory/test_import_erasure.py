"""Whoever is erased is erased from what waits to be imported, and does not come back by it."""

import pytest
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from directory import services as people_services
from directory.imports import reading, services
from directory.imports.errors import PreviewHasChanged
from directory.models import ImportFile, Organisation, Person
from tests.directory.import_files import (
    HEADING,
    confirm,
    importer,
    outcomes,
    previewed,
    text,
    workbook,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital(db):
    return Organisation.objects.create(
        name="Oslo universitetssykehus HF", short_name="OUS", kind="health_trust"
    )


def row(first="Kari", last="Li", email="kari@ous.example", place="OUS", title="Avdelingsleder"):
    return (first, last, email, place, title)


def only(job, number=2):
    return job.rows.get(number=number)


def test_whoever_is_erased_is_erased_from_rows_of_imports_too_and_a_waiting_row_says_so(hospital):
    job = written(text(HEADING, row()))
    waiting = previewed(text(HEADING, row(title="Lege"), row("Per", "Dal", "per@ous.example")))
    assert people_services.collect(Person.objects.get())["stored"][0]["rows"]
    people_services.erase_person(Person.objects.get())
    assert not job.rows.exists()
    kept = only(waiting)
    assert (kept.values, kept.email, kept.person, kept.changes, kept.remarks) == ({}, "", None, [], [])
    assert (kept.outcome, kept.reason) == (
        "rejected",
        "Slettet etter eget ønske. Kommer bare tilbake ved å melde seg på selv.",
    )
    waiting.refresh_from_db()
    assert waiting.counts == {"new": 1, "changed": 0, "unchanged": 0, "rejected": 1}


def test_a_preview_that_was_looked_at_before_somebody_was_erased_is_looked_at_again(hospital):
    Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    job = previewed(text(HEADING, row(), row("Per", "Dal", "per@ous.example")))
    seen = services.fingerprint(job)
    people_services.erase_person(Person.objects.get())
    with pytest.raises(PreviewHasChanged):
        services.confirm(job, seen, importer())
    confirm(job)
    services.run_waiting()
    assert [person.first_name for person in Person.objects.all()] == ["Per"]


def test_an_erased_persons_address_goes_from_a_namesakes_row_too(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="annen@ous.example")
    job = previewed(text(HEADING, row()))
    assert "annen@ous.example" in str(only(job).remarks)
    people_services.erase_person(person)
    assert (only(job).remarks, only(job).email) == ([], "kari@ous.example")


def test_whoever_is_erased_goes_from_a_file_that_waits_and_the_row_keeps_its_number(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    content = workbook(
        HEADING, row(email="KARI@ous.example; k@x.example"), [], row("Per", "Dal", "per@ous.example")
    )
    job = services.start(content, "ansatte.xlsx", importer())
    people_services.erase_person(person)
    services.run_waiting()
    kept = bytes(ImportFile.objects.get().content).decode("utf-8-sig")
    assert "Kari" not in kept
    assert "ous.example" not in kept.replace("per@ous.example", "")
    assert list(reading.open_table(kept.encode()).rows())[-1][0] == 4
    services.settle_columns(job, job.mapping)
    services.run_waiting()
    assert outcomes(job) == {2: "rejected", 4: "new"}
    assert only(job).reason == "«Slettet» er ikke en e-postadresse."


def test_a_workbook_written_anew_is_read_though_it_is_larger_than_what_may_be_uploaded(hospital, settings):
    settings.IMPORT_MAX_MEGABYTES = 0.02
    rows = [row(last="Li" * 100, email=f"k{n}@ous.example") for n in range(200)]
    job = services.start(workbook(HEADING, row(), *rows), "ansatte.xlsx", importer())
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    services.run_waiting()
    assert len(ImportFile.objects.get().content) > 20_000
    services.settle_columns(job, job.mapping)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.counts["new"], job.counts["rejected"]) == ("previewed", 200, 1)


def test_a_file_that_names_nobody_erased_stays_as_it_is(hospital):
    content = workbook(HEADING, row())
    services.start(content, "ansatte.xlsx", importer())
    people_services.erase_person(Person.objects.create(email="annen@ous.example"))
    services.run_waiting()
    file = ImportFile.objects.get()
    assert (bytes(file.content), file.may_name_erased) == (content, False)


def test_the_file_goes_when_the_preview_is_confirmed_thrown_away_or_cannot_be_read(hospital, settings):
    confirmed = previewed(text(HEADING, row()))
    assert ImportFile.objects.count() == 1
    confirm(confirmed)
    assert not ImportFile.objects.exists()
    services.cancel(previewed(text(HEADING, row())))
    assert not ImportFile.objects.exists()
    broken = services.start(text(HEADING, row(), row()), "x.csv", importer())
    settings.IMPORT_MAX_ROWS = 1
    services.settle_columns(broken, broken.mapping)
    services.run_waiting()
    assert not ImportFile.objects.exists()


def test_the_log_keeps_what_was_done_with_an_erased_person_but_not_who(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    log(instance=person, action="wagtail.create", user=importer())
    people_services.erase_person(person)
    assert [entry.label for entry in ModelLogEntry.objects.filter(action="wagtail.create")] == [
        "En slettet person"
    ]
