"""import_people: the import at the command line, with the same rules, sentences and an exit code."""

import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory.imports import services
from directory.models import ImportFile, Organisation, PeopleImport, Person, Position
from newsletters.models import Subscription
from tests.directory.import_files import HEADING, text, workbook
from tests.newsletters.factories import SeriesFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
KARI = ("Kari", "Li", "kari@ous.example", "OUS", "Leder")
PER = ("Per", "Dal", "per@ous.example", "", "")
FAULTY = ("Åse", "By", "ase(at)ous.example", "", "")


@pytest.fixture
def file(tmp_path):
    """Put a file where the command finds it."""

    def put(content, name="ansatte.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return put


def run(*arguments, **options):
    """Return exit code, what was printed, and what stood on standard error."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_people", *arguments, stdout=out, stderr=err, no_color=True, **options)
    except CommandError as error:
        return error.returncode, out.getvalue(), f"{err.getvalue()}{error}"
    return 0, out.getvalue(), err.getvalue()


def test_a_file_is_imported_with_exit_code_0_and_progress_on_standard_error(file):
    Organisation.objects.create(name="Oslo universitetssykehus", short_name="OUS", kind="health_trust")
    code, out, err = run(file(workbook(HEADING, KARI, PER, title="Ansatte")))
    assert code == 0
    assert sorted(Person.objects.values_list("first_name", flat=True)) == ["Kari", "Per"]
    assert "E-post: «E-post»" in out
    assert "Skrevet: 2 ny, 0 endret" in out
    assert "Leser: 2 av 2" in err
    assert "Skriver: 2 av 2" in err
    assert PeopleImport.objects.get().status == "done"
    assert not ImportFile.objects.exists()


def test_some_rejected_rows_give_exit_code_1_their_reasons_and_a_file_to_mend(file, tmp_path):
    target = tmp_path / "avvist.xlsx"
    code, out, err = run(file(text(HEADING, KARI, FAULTY), "a.csv"), rejected=target)
    assert code == 1
    assert "Rad 3, avvist: Åse By ase(at)ous.example – «ase(at)ous.example» er ikke en e-postadresse." in out
    assert "1 rad ble avvist." in err
    assert Person.objects.get().first_name == "Kari"
    rows = list(load_workbook(BytesIO(target.read_bytes())).active.iter_rows(values_only=True))
    assert rows[0][:3] == ("E-post", "Fornavn", "Etternavn")
    assert rows[1][0] == "ase(at)ous.example"


def test_a_dry_run_shows_the_same_writes_nothing_and_keeps_nothing(file, tmp_path):
    target = tmp_path / "avvist.xlsx"
    Person.objects.create(first_name="Per", last_name="Berg", email="per@ous.example")
    content = file(text(HEADING, KARI, PER, FAULTY), "a.csv")
    code, out, _err = run(content, dry_run=True, rejected=target, verbosity=2)
    assert code == 1
    assert "Forhåndsvisning: 1 ny, 1 endret, 0 uendret, 1 avvist" in out
    assert "Rad 3, endret: Per Dal per@ous.example – etternavn: Berg → Dal" in out
    assert [person.last_name for person in Person.objects.all()] == ["Berg"]
    assert not PeopleImport.objects.exists()
    assert target.exists()
    assert run(file(text(HEADING, KARI), "b.csv"), dry_run=True)[0] == 0


def test_a_dry_run_names_a_new_persons_names_divided_and_the_workplace_without_an_arrow(file):
    Organisation.objects.create(name="Helse Bergen", kind="health_trust")
    content = text(("Navn", "E-post", "Foretak"), ("Sørås, Bjørg", "bjorg@ous.example", "Helse Bergen HF"))
    _code, out, _err = run(file(content, "a.csv"), dry_run=True, verbosity=2)
    assert "Rad 2, ny: Bjørg Sørås bjorg@ous.example – Stilling: Helse Bergen" in out


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "Filen er tom."), (b"PK\x03\x04 nothing more", "skadet"), (b"<html></html>", "nettside")],
)
def test_a_file_that_cannot_be_used_gives_exit_code_2_and_a_sentence(file, content, words):
    code, _out, err = run(file(content))
    assert (code, words in err) == (2, True)
    assert not PeopleImport.objects.exists()


def test_options_that_cannot_be_used_give_exit_code_2_before_anything_is_written(file, tmp_path):
    SeriesFactory(name="TSB-lederbrev", slug="lederbrev")
    content = file(text(HEADING, KARI), "a.csv")
    for options, words in (
        ({"series": ["annet"], "basis": "x"}, "Dette finnes: lederbrev."),
        ({"series": ["lederbrev"]}, "Skriv hvorfor vi kan skrive til disse personene."),
        ({"column": ["Skonummer=email"]}, "Kolonner: Fornavn, Etternavn, E-post"),
        ({"column": ["E-post=shoe"]}, "Felt: email, name"),
        ({"column": ["E-post="]}, "Velg hvilken kolonne"),
        ({"rejected": Path(content)}, "finnes allerede"),
        ({"user": "ukjent@ous.example"}, "Det finnes ingen bruker"),
    ):
        code, _out, err = run(content, **options)
        assert (code, words in err) == (2, True), err
    assert run(str(tmp_path / "borte.csv"))[0] == 2
    assert not Person.objects.exists()
    assert not PeopleImport.objects.exists()


def test_a_file_with_too_many_rows_gives_exit_code_2(file, settings):
    settings.IMPORT_MAX_ROWS = 1
    code, _out, err = run(file(text(HEADING, KARI, PER), "a.csv"))
    assert (code, "mer enn 1 rader" in err) == (2, True)


def test_people_are_subscribed_with_the_basis_and_columns_are_set_by_hand(file):
    SeriesFactory(name="TSB-lederbrev", slug="lederbrev")
    content = file(text(("A", "B", "E-post"), ("Kari", "Li", "kari@ous.example")), "a.csv")
    columns = ["A=first_name", "B=last_name"]
    code, out, _err = run(
        content, column=columns, series=["lederbrev"], basis="Liste fra foretaket", verbosity=2
    )
    assert code == 0
    assert "TSB-lederbrev" in out
    subscription = Subscription.objects.get()
    assert (str(subscription.person), subscription.basis_note) == ("Kari Li", "Liste fra foretaket")


def test_changed_positions_end_only_when_asked_for(file):
    hospital = Organisation.objects.create(name="OUS", kind="health_trust")
    person = Person.objects.create(first_name="Kari", last_name="Li", email="kari@ous.example")
    Position.objects.create(person=person, organisation=hospital, title="Lege")
    content = file(text(HEADING, KARI), "a.csv")
    run(content)
    assert Position.objects.get().title == "Lege"
    run(content, end_positions=True)
    assert Position.objects.count() == 2


def test_the_rights_of_the_named_user_count(file):
    SeriesFactory(slug="lederbrev")
    ensure_roles()
    user = User.objects.create_user("konsulent@tjenesten.example")
    user.groups.add(group_of(Role.CONSULTANT))
    content = file(text(HEADING, KARI), "a.csv")
    code, _out, err = run(content, user=user.email, series=["lederbrev"], basis="x")
    assert (code, "kommunikasjonsrådgivernes oppgave" in err) == (2, True)
    assert run(content, user=user.email)[0] == 0
    assert PeopleImport.objects.get().created_by == user


def test_an_import_that_stops_midway_gives_exit_code_3_and_waits_on_its_page(file, monkeypatch):
    monkeypatch.setattr("directory.imports.writing._mark", lambda *args: 1 / 0)
    code, _out, err = run(file(text(HEADING, KARI), "a.csv"))
    assert (code, "En feil hos oss stanset importen" in err) == (3, True)
    assert (PeopleImport.objects.get().status, Person.objects.count()) == ("failed", 0)


def test_the_command_waits_for_a_worker_who_was_quicker(file, monkeypatch):
    run_here, busy = services.run, []

    def taken_the_first_time(job, tell):
        if busy:
            run_here(job, tell)
        busy.append(job)

    monkeypatch.setattr(services, "run", taken_the_first_time)
    monkeypatch.setattr("directory.management.commands.import_people.LOOK_EVERY", 0)
    assert run(file(text(HEADING, KARI), "a.csv"))[0] == 0
    assert Person.objects.exists()


def test_the_help_names_the_options_and_exit_codes():
    told = subprocess.run(
        [sys.executable, "manage.py", "import_people", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for word in ("--dry-run", "--column", "--rejected", "--series", "--basis", "Exit codes"):
        assert word in told
