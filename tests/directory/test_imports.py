"""People come in by an import: judged against the register, written once, never against their will."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.imports import services, writing
from directory.models import (
    ImportFile,
    ImportRow,
    Organisation,
    PeopleImport,
    Person,
    PersonAddress,
    Position,
)
from directory.models.imports import FILE_DAYS, ROW_DAYS
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


def test_nothing_is_written_before_somebody_confirms_and_then_everything_once(hospital):
    job = previewed(workbook(HEADING, row(), row(email="per@ous.example", first="Per")))
    assert (job.status, Person.objects.count(), job.counts["new"]) == ("previewed", 0, 2)
    assert confirm(job)
    assert not confirm(job)
    services.run_waiting()
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, job.total) == ("done", 2, 2)
    assert sorted(Person.objects.values_list("first_name", flat=True)) == ["Kari", "Per"]
    position = Position.objects.get(person__first_name="Kari")
    assert (position.organisation, position.title, position.from_date) == (hospital, "Avdelingsleder", None)
    assert not ImportFile.objects.exists()


def test_only_the_columns_that_are_used_are_kept(hospital):
    job = previewed(text((*HEADING, "Fødselsnummer"), (*row(), "01010112345")))
    assert only(job).values.keys() == {"first_name", "last_name", "email", "organisation", "title"}


def test_each_rejected_row_has_its_reason_and_stops_none_of_the_others(hospital):
    Person.objects.create(first_name="Ola", last_name="Moen", email="post@ous.example")
    PersonAddress.objects.create(
        person=Person.objects.create(first_name="Liv", email="liv@ous.example"), email="l@ous.example"
    )
    Person.objects.create(first_name="Tor", email="tor@ous.example")
    Person.objects.create(first_name="Eva", email="eva@ous.example")
    job = previewed(
        text(
            HEADING,
            row(email=""),
            row(email="kari(at)ous.example"),
            row(),
            row(email="KARI@ous.example"),
            row("Per", "Dal"),
            row("Nils", "Berg", email="post@ous.example"),
            row("Liv", "", email="liv@ous.example"),
            row("Liv", "", email="l@ous.example"),
            row("Åse", "By", email="ase@ous.example;tor@ous.example;eva@ous.example"),
            row("Siste", "Mann", email="siste@ous.example"),
        )
    )
    reasons = dict(job.rows.filter(outcome="rejected").values_list("number", "reason"))
    assert reasons == {
        2: "Raden har ingen e-postadresse.",
        3: "«kari(at)ous.example» er ikke en e-postadresse.",
        5: "Samme adresse står i rad 4.",
        6: "To personer deler adressen: Kari Li har den i rad 4.",
        7: "Adressen tilhører Ola Moen.",
        9: "Samme person står i rad 8.",
        10: "Adressene tilhører ulike personer: Tor, Eva.",
    }
    assert outcomes(job)[4] == outcomes(job)[11] == "new"


def test_addresses_in_one_cell_become_main_and_further_ones(hospital):
    written(text(HEADING, row(email="kari@ous.example; kari.li@privat.example; feil@")))
    person = Person.objects.get()
    assert person.email == "kari@ous.example"
    assert [address.email for address in person.further_addresses.all()] == ["kari.li@privat.example"]


def test_a_person_is_found_by_a_further_address_and_keeps_the_main_one(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ny.example")
    PersonAddress.objects.create(person=person, email="Kari@OUS.example")
    written(text(HEADING, row()))
    person.refresh_from_db()
    assert (Person.objects.count(), person.email) == (1, "kari@ny.example")


def test_an_empty_cell_overwrites_nothing_and_a_new_name_is_shown_before_it_is_written(hospital):
    person = Person.objects.create(
        first_name="Kari", last_name="Berg", email="kari@ous.example", profession="doctor"
    )
    job = previewed(text((*HEADING, "Yrke"), (*row(title="", place=""), "")))
    assert only(job).changes == [["etternavn", "Berg", "Li"]]
    confirm(job)
    services.run_waiting()
    person.refresh_from_db()
    assert (person.last_name, person.profession) == ("Li", "doctor")


def test_a_changed_position_ends_the_old_one_only_when_the_user_asked_for_it(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    Position.objects.create(person=person, organisation=hospital, title="Lege")
    kept = written(text(HEADING, row()))
    assert "Registeret beholdes som det er" in only(kept).remarks[0]
    assert Position.objects.get().title == "Lege"
    written(text(HEADING, row()), ends_positions=True)
    old, new = Position.objects.get(title="Lege"), Position.objects.get(title="Avdelingsleder")
    assert old.to_date < timezone.localdate()
    assert (new.from_date, new.to_date) == (timezone.localdate(), None)


def test_an_empty_title_is_filled_without_ending_anything(hospital):
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    Position.objects.create(person=person, organisation=hospital)
    written(text(HEADING, row()))
    assert Position.objects.get().title == "Avdelingsleder"


def test_an_unknown_organisation_is_a_remark_with_the_closest_names(hospital):
    job = written(text(HEADING, row(place="Osloo universitetsykehus")))
    assert only(job).remarks == [
        "Virksomheten «Osloo universitetsykehus» finnes ikke i registeret; ingen stilling registreres."
        " Mente du Oslo universitetssykehus HF?"
    ]
    assert (Person.objects.count(), Position.objects.count()) == (1, 0)


def test_the_same_file_again_changes_nothing(hospital):
    content = text(HEADING, row(), row("Per", "Dal", "per@ous.example; p@ous.example"))
    written(content)
    job = written(content)
    assert set(outcomes(job).values()) == {"unchanged"}
    assert (Person.objects.count(), Position.objects.count(), PersonAddress.objects.count()) == (2, 2, 1)


def test_the_register_is_looked_at_again_when_rows_are_written(hospital):
    job = previewed(text(HEADING, row(), row("Per", "Dal", "per@ous.example")))
    Person.objects.create(first_name="Kari", last_name="Li", email="KARI@ous.example")
    Person.objects.create(first_name="Nils", last_name="Berg", email="per@ous.example")
    confirm(job)
    services.run_waiting()
    assert outcomes(job) == {2: "changed", 3: "rejected"}
    assert "Registeret er endret siden forhåndsvisningen." in only(job).remarks
    assert Person.objects.count() == 2


def test_a_worker_stopped_in_the_middle_goes_on_and_writes_each_row_once(hospital, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 4)
    rows = [row(f"Kari{n}", "Li", f"kari{n}@ous.example") for n in range(10)]
    job = previewed(text(HEADING, *rows))
    confirm(job)
    mark, calls = writing._mark, []

    def fails_the_second_time(*args):
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit("killed")
        mark(*args)

    monkeypatch.setattr(writing, "_mark", fails_the_second_time)
    with pytest.raises(SystemExit):
        services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, Person.objects.count()) == ("writing", 4, 4)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, Person.objects.count(), Position.objects.count()) == ("done", 10, 10, 10)


def test_a_batch_the_database_refuses_is_written_row_by_row(hospital, monkeypatch):
    job = previewed(text(HEADING, *[row(f"Kari{n}", "Li", f"kari{n}@ous.example") for n in range(3)]))
    confirm(job)
    create = writing._create_people

    def refuse_the_second(proposals):
        if any(one.entry.first_name == "Kari1" for one in proposals):
            raise DatabaseError("refused")
        return create(proposals)

    monkeypatch.setattr(writing, "_create_people", refuse_the_second)
    services.run_waiting()
    job.refresh_from_db()
    assert job.counts == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 1}
    assert (job.status, Person.objects.count()) == ("done", 2)


def test_an_address_that_was_left_out_of_a_row_stays_out_when_the_row_is_written_later(hospital, monkeypatch):
    monkeypatch.setattr(writing, "BATCH", 1)
    job = written(
        text(
            HEADING,
            row(email="kari@ous.example; post@ous.example"),
            row("Per", "Li", "per@ous.example; post@ous.example"),
        )
    )
    assert outcomes(job) == {2: "new", 3: "new"}
    assert sorted(Person.objects.values_list("first_name", "email")) == [
        ("Kari", "kari@ous.example"),
        ("Per", "per@ous.example"),
    ]
    assert PersonAddress.objects.get().person.first_name == "Kari"


def test_a_rejected_row_stops_no_later_one_with_the_same_address_or_person(hospital):
    Person.objects.create(first_name="Gunn", last_name="Vik", email="gunn@ous.example")
    Person.objects.create(first_name="Tor", last_name="Moe", email="tor@ous.example")
    job = written(
        text(
            HEADING,
            row("Siv", "Aas", "gunn@ous.example; kari@ous.example"),
            row(),
            row("Nils", "Berg", "tor@ous.example"),
            row("Tor", "Moe", "tor@ous.example"),
        )
    )
    assert outcomes(job) == {2: "rejected", 3: "new", 4: "rejected", 5: "changed"}
    assert Person.objects.filter(email="kari@ous.example").exists()


def test_a_file_that_breaks_off_fails_with_its_sentence_and_leaves_no_rows(hospital, settings):
    job = services.start(text(HEADING, *[row()] * 20), "x.csv", importer())
    settings.IMPORT_MAX_ROWS = 10
    services.settle_columns(job, job.mapping)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.rows.count()) == ("failed", 0)
    assert "mer enn 10 rader" in job.failure


def test_a_file_without_the_broker_waits_for_the_scheduler(hospital, monkeypatch, commits_at_once):
    def away(**options):
        raise OSError("no broker")

    monkeypatch.setattr("directory.tasks.run_imports.apply_async", away)
    job = previewed(text(HEADING, row()))
    assert job.status == "previewed"


def test_files_rows_and_forgotten_imports_are_deleted_in_time(hospital):
    done, forgotten = (
        written(text(HEADING, row())),
        previewed(text(HEADING, row("Per", "Dal", "p@x.example"))),
    )
    old = timezone.now() - timedelta(days=FILE_DAYS + 1)
    PeopleImport.objects.update(created_at=old)
    services.erase_old()
    assert list(PeopleImport.objects.all()) == [done]
    assert not PeopleImport.objects.filter(pk=forgotten.pk).exists()
    assert ImportRow.objects.count() == 1
    PeopleImport.objects.update(created_at=timezone.now() - timedelta(days=ROW_DAYS + 1))
    services.erase_old()
    assert not ImportRow.objects.exists()
    done.refresh_from_db()
    assert done.counts["new"] == 1


def test_reading_and_writing_ask_as_many_questions_for_fifty_rows_as_for_five(
    hospital,
):
    def asked(number, name):
        rows = [row(f"{name}{n}", "Li", f"{name}{n}@ous.example; {name}{n}@b.example") for n in range(number)]
        job = services.start(text(HEADING, *rows), "x.csv", importer())
        services.settle_columns(job, job.mapping)
        with CaptureQueriesContext(connection) as read:
            services.run_waiting()
        confirm(job)
        with CaptureQueriesContext(connection) as wrote:
            services.run_waiting()
        return len(read), len(wrote)

    assert asked(5, "a") == asked(50, "b")
