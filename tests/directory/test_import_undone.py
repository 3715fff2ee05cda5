"""An import is taken back by a worker: whom it made goes, unless something has come to hang on them since."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from directory.imports import services, undoing
from directory.models import Organisation, PeopleImport, Person, PersonAddress, Position
from tests.directory.import_files import (
    HEADING,
    importer,
    outcomes,
    previewed,
    taken_back,
    text,
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


def test_an_import_is_taken_back_but_for_those_something_belongs_to(hospital, django_user_model):
    job = written(
        text(HEADING, row(), row("Per", "Dal", "per@ous.example"), row("Åse", "By", "ase@ous.example"))
    )
    person = Person.objects.get(first_name="Per")
    person.user = django_user_model.objects.create_user("per@ous.example")
    person.save()
    assert taken_back(job) == (2, 1)
    assert taken_back(job) == (0, 0)
    assert list(Person.objects.values_list("first_name", flat=True)) == ["Per"]


def test_an_import_taken_back_leaves_those_others_have_worked_on(hospital):
    names = ("Anne", "Bo", "Cato", "Dina", "Else")
    first = text(HEADING, *[row(name, "Li", f"{name}@ous.example; {name}@b.example") for name in names])
    job = written(first)
    written(text(HEADING, row("Anne", "Li", "anne@ous.example")))
    bo, cato, dina = (Person.objects.get(first_name=name) for name in ("Bo", "Cato", "Dina"))
    Position.objects.create(person=bo, organisation=hospital, title="Lege")
    PersonAddress.objects.create(person=cato, email="cato@privat.example")
    dina.positions.update(title="Seksjonsleder")
    previewed(text(HEADING, row("Else", "Li", "else@ous.example", title="Lege")))
    assert taken_back(job) == (1, 4)
    left = Person.objects.order_by("first_name").values_list("first_name", flat=True)
    assert list(left) == ["Anne", "Bo", "Cato", "Dina"]


def test_an_import_is_not_taken_back_after_a_day(hospital):
    job = written(text(HEADING, row()))
    job.finished_at = timezone.now() - timedelta(hours=25)
    job.save()
    assert taken_back(job) == (0, 0)
    assert Person.objects.count() == 1


def test_the_rows_tell_who_went_and_why_the_others_stayed(hospital):
    job = written(text(HEADING, row(), row("Per", "Dal", "per@ous.example")))
    Person.objects.get(first_name="Per").save()
    assert taken_back(job) == (1, 1)
    assert outcomes(job) == {2: "undone", 3: "new"}
    assert job.rows.get(number=3).remarks == ["Blir stående: Noen har endret personen etter importen."]
    assert job.undone_by == importer()


def test_a_look_tells_beforehand_what_will_happen_in_any_language_and_does_nothing(hospital):
    job = written(
        text((*HEADING, "Ledernivå"), (*row(), "Enhetsleder"), (*row("Per", "Dal", "per@ous.example"), ""))
    )
    person = Person.objects.get(first_name="Per")
    person.note = "Ringte"
    person.save()
    with translation.override("en"):
        outlook = undoing.look(job, 10)
    assert (outlook.gone, outlook.staying) == (1, 1)
    assert [(one.number, reason) for one, reason in outlook.first] == [
        (3, "Blir stående: Noen har endret personen etter importen.")
    ]
    assert Person.objects.count() == 2
    assert taken_back(job) == (1, 1)


def test_an_import_is_not_taken_back_while_it_is_read_written_or_taken_back(hospital):
    job = written(text(HEADING, row()))
    for status in ("reading", "writing", "undoing", "undone", "failed"):
        PeopleImport.objects.filter(pk=job.pk).update(status=status)
        job.refresh_from_db()
        assert not services.take_back(job, importer())
    PeopleImport.objects.filter(pk=job.pk).update(status="done")
    job.refresh_from_db()
    stale = PeopleImport.objects.get(pk=job.pk)
    assert services.take_back(job, importer())
    assert not services.take_back(stale, importer())


def test_a_worker_stopped_in_the_middle_goes_on_and_takes_each_row_back_once(hospital, monkeypatch):
    monkeypatch.setattr(undoing, "BATCH", 4)
    job = written(text(HEADING, *[row(f"Kari{n}", "Li", f"kari{n}@ous.example") for n in range(10)]))
    services.take_back(job, importer())
    reasons, calls = undoing._reasons_to_stay, []

    def fails_the_second_time(*args):
        calls.append(args)
        if len(calls) == 2:
            raise SystemExit("killed")
        return reasons(*args)

    monkeypatch.setattr(undoing, "_reasons_to_stay", fails_the_second_time)
    with pytest.raises(SystemExit):
        services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, Person.objects.count()) == ("undoing", 4, 6)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, job.total, Person.objects.count()) == ("undone", 10, 10, 0)
    assert job.counts == {"new": 0, "changed": 0, "unchanged": 0, "rejected": 0, "undone": 10}


def test_an_error_of_ours_leaves_the_rest_to_be_taken_back_again(hospital, monkeypatch):
    job = written(text(HEADING, row()))
    services.take_back(job, importer())
    with monkeypatch.context() as patch:
        patch.setattr(undoing, "_reasons_to_stay", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.run_waiting()
    job.refresh_from_db()
    assert (job.status, "En feil hos oss" in job.failure) == ("done", True)
    assert taken_back(job) == (1, 0)
    assert job.failure == ""


def test_taking_back_asks_as_many_questions_for_fifty_people_as_for_five(hospital):
    def asked(number, name):
        job = written(
            text(HEADING, *[row(f"{name}{n}", "Li", f"{name}{n}@ous.example") for n in range(number)])
        )
        with CaptureQueriesContext(connection) as looked:
            undoing.look(job, 10)
        services.take_back(job, importer())
        with CaptureQueriesContext(connection) as undone:
            services.run_waiting()
        return len(looked), len(undone)

    assert asked(5, "a") == asked(50, "b")
