"""Of a workbook's sheets the list is read, not the cover, and the user may choose another."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.roles import Role
from directory import services as people_services
from directory.imports import reading, services
from directory.imports.errors import UnreadableFile
from directory.models import ImportFile, PeopleImport, Person
from tests.directory.import_files import HEADING, importer, previewed, sheets, text
from tests.directory.test_import_pages import login, upload, url, without_second_factor  # noqa: F401

pytestmark = pytest.mark.django_db
COVER = [["Ansattliste"], ["Oppdatert", "1. mars"], ["Kontakt", "hr@ous.example"]]
KARI = ("Kari", "Li", "kari@ous.example", "", "")
PER = ("Per", "Dal", "per@ous.example", "", "")


@pytest.mark.parametrize(
    ("tables", "sheet"),
    [
        ({"Forside": COVER, "Ansatte": [HEADING, KARI]}, "Ansatte"),
        ({"Ansatte": [HEADING, KARI], "Forside": COVER}, "Ansatte"),
        ({"Kort": [("Navn", "E-post"), ("Li", "k@x.example")], "Ansatte": [HEADING, KARI]}, "Ansatte"),
        ({"Mars": [HEADING, KARI], "April": [HEADING, KARI, PER]}, "April"),
        ({"Mars": [HEADING, KARI], "April": [HEADING, PER]}, "Mars"),
        ({"Valg": [("Foretak", "Yrke", "Region", "Enhet", "Tittel")], "Uten": [("Kari", "k@x.example")]}, "Uten"),
        ({"hidden": [(*HEADING, "Yrke"), (*KARI, "Lege")], "Ansatte": [HEADING, KARI]}, "Ansatte"),
        ({"Forside": COVER[:2], "hidden": [HEADING, KARI]}, "hidden"),
    ],
)  # fmt: skip
def test_the_sheet_that_looks_most_like_a_list_of_people_is_read(tables, sheet):
    assert reading.open_table(sheets(**tables)).sheet == sheet


def test_sheets_to_choose_between_hold_something_and_the_hidden_ones_are_last():
    content = sheets(hidden=[HEADING], Forside=COVER, Tom=[], Ansatte=[HEADING, KARI])
    assert reading.sheet_names(content) == ["Forside", "Ansatte", "hidden"]
    assert reading.sheet_names(sheets(Ansatte=[HEADING, KARI], Tom=[])) == []
    assert reading.sheet_names(text(HEADING, KARI)) == []


@pytest.mark.parametrize("content", [sheets(Forside=COVER, Ansatte=[HEADING, KARI]), text(HEADING, KARI)])
def test_a_sheet_that_is_not_there_is_told(content):
    with pytest.raises(UnreadableFile, match="Filen har ikke noe ark «Mai» med innhold"):
        reading.open_table(content, "Mai")


def test_another_sheet_is_chosen_on_the_page_and_its_columns_are_guessed_anew(login, client):  # noqa: F811
    login(Role.CONSULTANT)
    upload(client, sheets(Ansatte=[HEADING, KARI], Ledere=[("E-post",), ("per@ous.example",)], hidden=COVER))
    job = PeopleImport.objects.get()
    page = client.get(url("columns", job.pk)).content.decode()
    assert "<option selected>Ansatte</option><option>Ledere</option><option>hidden</option>" in page
    page = client.post(url("sheet", job.pk), {"sheet": "Ledere"}, follow=True).content.decode()
    assert "<option selected>Ledere</option>" in page
    assert "kari@ous.example" not in page
    client.post(url("columns", job.pk), {"column_0": "email", "sheet": "Ledere"})
    services.run_waiting()
    assert job.rows.get().email == "per@ous.example"
    page = client.get(url("show", job.pk)).content.decode()
    assert "Ark i arbeidsboken: Ledere" in page


def test_columns_of_a_sheet_that_is_no_longer_chosen_are_not_taken_for_the_new_one(login, client):  # noqa: F811
    login(Role.CONSULTANT)
    job = services.start(
        sheets(A=[HEADING, KARI], B=[("E-post", "Fornavn"), ("p@x.example", "Per")]), "a.xlsx", None
    )
    assert services.choose_sheet(job, "B")
    page = client.post(
        url("columns", job.pk), {"column_0": "first_name", "column_1": "email", "sheet": "A"}, follow=True
    )
    assert "Noen har gått videre med importen i mellomtiden." in page.content.decode()
    assert not services.settle_columns(job, job.mapping)  # as the worker of a page opened before the choice
    assert PeopleImport.objects.get().status == "uploaded"


def test_another_sheet_throws_the_preview_away_and_none_is_chosen_once_it_is_written(db):
    job = previewed(sheets(A=[HEADING, KARI, PER], B=[HEADING, PER]))
    assert job.rows.count() == 2
    assert services.choose_sheet(job, "B")
    job.refresh_from_db()
    assert (job.status, job.sheet, job.counts, job.rows.count()) == ("uploaded", "B", {}, 0)
    PeopleImport.objects.update(status="writing")
    assert not services.choose_sheet(job, "A")


def test_whoever_is_erased_goes_from_a_waiting_workbook_whatever_sheet_names_them(site):
    content = sheets(Ansatte=[HEADING, PER, KARI[:2]], Sluttet=[HEADING, KARI])
    job = services.start(content, "a.xlsx", importer(), "Ansatte")
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    services.run_waiting()
    kept = bytes(ImportFile.objects.get().content).decode("utf-8-sig")
    assert "per@ous.example" in kept
    assert "kari@ous.example" not in kept
    job.refresh_from_db()
    assert services.settle_columns(job, job.mapping)
    services.run_waiting()
    assert job.rows.count() == 2


def test_the_command_takes_the_sheet_it_is_told_and_says_which(tmp_path, capsys):
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheets(Forside=COVER, Ansatte=[HEADING, KARI, PER], Ledere=[HEADING, PER]))
    call_command("import_people", path, dry_run=True)
    assert "Ark: «Ansatte»" in capsys.readouterr().out
    call_command("import_people", path, sheet="Ledere")
    assert Person.objects.get().first_name == "Per"
    with pytest.raises(CommandError, match="Den har: Forside, Ansatte, Ledere") as refused:
        call_command("import_people", path, sheet="Mai")
    assert refused.value.returncode == 2


def test_whoever_may_not_change_people_chooses_no_sheet(login, client):  # noqa: F811
    job = services.start(sheets(A=[HEADING, KARI], B=[HEADING, PER]), "a.xlsx", None)
    login(Role.READER)
    assert client.post(url("sheet", job.pk), {"sheet": "B"}).status_code in (302, 403)
    job.refresh_from_db()
    assert job.sheet == "A"
    user = User.objects.get(email=f"{Role.READER}@tjenesten.example")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["access_admin", "add_person", "change_person"])
    )
    client.post(url("sheet", job.pk), {"sheet": "B"})
    job.refresh_from_db()
    assert job.sheet == "B"
