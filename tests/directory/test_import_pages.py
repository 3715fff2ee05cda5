"""The pages of the import by real requests: who may, what they show, and that only the button writes."""

import re
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory.imports import services
from directory.models import PeopleImport, Person
from tests.directory.import_files import HEADING, previewed, text, workbook, written

pytestmark = pytest.mark.django_db
ROW = ("Kari", "Li", "kari@ous.example", "", "")


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def login(site, client):
    """Log in as someone of a role."""
    ensure_roles()

    def as_role(role):
        user = User.objects.create_user(f"{role}@tjenesten.example")
        user.groups.add(group_of(role))
        client.force_login(user)
        return user

    return as_role


@pytest.fixture
def woken(monkeypatch):
    """How often a worker was woken; none runs."""
    calls = []
    monkeypatch.setattr("directory.tasks.run_imports.apply_async", lambda **options: calls.append(options))
    return calls


def url(name, *args):
    return reverse(f"people_imports:{name}", args=args)


def upload(client, content, name="ansatte.xlsx"):
    return client.post(url("index"), {"file": SimpleUploadedFile(name, content)})


def seen_on(page):
    """The preview that a page shows, as its button tells it."""
    return re.search(r'name="seen" value="([^"]+)"', page)[1]


def test_a_file_goes_from_upload_to_register_by_the_pages(login, client, woken, commits_at_once):
    login(Role.CONSULTANT)
    assert "Ingen fil er importert ennå" in client.get(url("index")).content.decode()
    upload(
        client, workbook((*HEADING, "Skonummer"), (*ROW, "38"), ("Per", "Dal", "", "", ""), title="Ansatte")
    )
    job = PeopleImport.objects.get()
    page = client.get(url("columns", job.pk)).content.decode()
    assert "Skonummer" in page
    assert "kari@ous.example" in page
    chosen = {f"column_{number}": field for number, field in job.mapping.items()}
    client.post(url("columns", job.pk), chosen)
    assert len(woken) == 1
    working = client.get(url("progress", job.pk))
    assert "hx-get" in working.content.decode()
    services.run_waiting()
    assert client.get(url("progress", job.pk))["HX-Refresh"] == "true"
    page = client.get(url("show", job.pk)).content.decode()
    assert "Skriv 1 rad til registeret" in page
    assert "Raden har ingen e-postadresse." in page
    assert not Person.objects.exists()
    for _press in range(2):
        client.post(url("confirm", job.pk), {"seen": seen_on(page)})
    assert len(woken) == 2
    services.run_waiting()
    assert Person.objects.get().email == "kari@ous.example"
    assert "Ferdig" in client.get(url("show", job.pk)).content.decode()


def test_only_the_preview_that_was_looked_at_is_confirmed(login, client):
    login(Role.CONSULTANT)
    job = previewed(text(HEADING, ROW))
    seen = seen_on(client.get(url("show", job.pk)).content.decode())
    services.settle_columns(job, job.mapping, ends_positions=True)
    services.run_waiting()
    for told in ({"seen": seen}, {}):
        page = client.post(url("confirm", job.pk), told, follow=True).content.decode()
        assert "Forhåndsvisningen er endret siden du så den." in page
        job.refresh_from_db()
        assert job.status == "previewed"
    client.post(url("confirm", job.pk), {"seen": seen_on(page)})
    services.run_waiting()
    assert Person.objects.get().email == "kari@ous.example"


def test_the_users_own_mapping_counts_and_is_checked(login, client, woken, commits_at_once):
    login(Role.CONSULTANT)
    upload(client, text(("A", "B", "Fornavn"), ("kari@ous.example", "Li", "Kari")), "x.csv")
    job = PeopleImport.objects.get()
    page = client.post(
        url("columns", job.pk), {"column_1": "last_name", "column_2": "last_name"}
    ).content.decode()
    assert "Velg hvilken kolonne som inneholder e-postadressen." in page
    assert "To kolonner er satt til «Etternavn»" in page
    client.post(url("columns", job.pk), {"column_0": "email", "column_1": "last_name"})
    services.run_waiting()
    assert job.rows.get().values == {"email": "kari@ous.example", "last_name": "Li"}


def test_a_file_that_cannot_be_read_is_answered_on_the_form(login, client):
    login(Role.CONSULTANT)
    page = upload(client, b"<html><table></table></html>", "ansatte.xls").content.decode()
    assert "nettside lagret under et annet navn" in page
    assert "Velg" not in upload(client, b"", "tom.csv").headers.get("Location", "")
    assert not PeopleImport.objects.exists()


def test_a_text_file_called_a_workbook_is_taken_with_a_note_where_it_holds_people(login, client):
    login(Role.CONSULTANT)
    response = client.post(
        url("index"), {"file": SimpleUploadedFile("ansatte.xlsx", text(HEADING, ROW))}, follow=True
    )
    assert "Filen er ingen Excel-arbeidsbok, selv om navnet sier det." in response.content.decode()
    for name in ("ansatte.csv", "ansatte.xlsx"):
        content = text(HEADING, ROW) if name.endswith("csv") else workbook(HEADING, ROW)
        response = client.post(url("index"), {"file": SimpleUploadedFile(name, content)}, follow=True)
        assert "ingen Excel-arbeidsbok" not in response.content.decode()


def test_a_text_file_called_a_workbook_that_holds_nobody_is_refused(login, client):
    login(Role.CONSULTANT)
    page = upload(client, b"Hei!\nDette er et notat, og ingen arbeidsbok.\n", "notat.xlsx").content.decode()
    assert "Filen har navn som en Excel-arbeidsbok, men er ingen" in page
    page = upload(client, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "ansatte.xls").content.decode()
    assert "Filen er i det gamle Excel-formatet (.xls)." in page
    assert not PeopleImport.objects.exists()


def test_the_preview_shows_names_divided_as_they_will_be_stored(login, client):
    login(Role.CONSULTANT)
    job = previewed(text(("Navn", "E-post"), ("Sørås, Bjørg", "bjorg@ous.example")))
    page = client.get(url("show", job.pk)).content.decode()
    assert "Fornavn: Bjørg<br>Etternavn: Sørås<br>bjorg@ous.example" in page


def test_the_page_for_taking_back_lists_nothing_where_nothing_can_be_done(login, client):
    user = login(Role.CONSULTANT)
    user.user_permissions.add(Permission.objects.get(codename="delete_person"))
    written(text(HEADING, ROW))
    same = written(text(HEADING, ROW))
    page = client.get(url("undo", same.pk)).content.decode()
    assert "Det er ingen å ta ut" in page
    assert "før arbeidet er ferdig" not in page
    assert "tp-admin-bullets" not in page


def test_the_rejected_rows_are_downloaded_harmless_and_can_be_imported_again_when_mended(login, client):
    login(Role.CONSULTANT)
    job = written(text(HEADING, ROW, ("=1+1", "Dal", "per(at)ous.example", "", "")))
    answer = client.get(url("rejected", job.pk))
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("E-post", "Fornavn", "Etternavn")
    assert rows[1][1] == "'=1+1"
    assert rows[1][-1] == "«per(at)ous.example» er ikke en e-postadresse."
    sheet["A2"] = "per@ous.example"
    mended = BytesIO()
    sheet.parent.save(mended)
    assert previewed(mended.getvalue()).counts["new"] == 1


def test_an_import_is_thrown_away_before_but_not_after_it_is_confirmed(login, client):
    login(Role.CONSULTANT)
    job, done = previewed(text(HEADING, ROW)), written(text(HEADING, ROW))
    client.post(url("cancel", job.pk))
    client.post(url("cancel", done.pk))
    assert list(PeopleImport.objects.all()) == [done]


def test_an_import_is_taken_back_from_its_page_by_a_worker(login, client, woken, commits_at_once):
    user = login(Role.CONSULTANT)
    job = written(text(HEADING, ROW, ("Per", "Dal", "per@ous.example", "", "")))
    Person.objects.get(first_name="Per").save()
    assert f'href="{url("undo", job.pk)}"' in client.get(url("show", job.pk)).content.decode()
    page = client.get(url("undo", job.pk)).content.decode()
    assert "1 person som importen la inn, tas ut av registeret igjen." in page
    assert "1 ny person som er endret siden" in page
    assert "Blir stående: Noen har endret personen etter importen." in page
    assert Person.objects.count() == 2
    before = len(woken)
    page = client.post(url("undo", job.pk), follow=True).content.decode()
    assert (len(woken), Person.objects.count()) == (before + 1, 2)
    assert "Tar tilbake" in page
    assert "hx-get" in page
    page = client.post(url("undo", job.pk), follow=True).content.decode()
    assert "Importen er i arbeid." in page
    services.run_waiting()
    page = client.get(url("show", job.pk)).content.decode()
    assert "1 person er tatt ut av registeret igjen. 1 ny person ble stående." in page
    assert f"Tatt tilbake av {user}." in page
    assert [person.first_name for person in Person.objects.all()] == ["Per"]


def test_the_page_for_taking_back_is_for_those_who_may_delete_and_only_while_it_can_be_done(login, client):
    user = login(Role.CONSULTANT)
    waiting = previewed(text(HEADING, ROW))
    page = client.get(url("undo", waiting.pk), follow=True).content.decode()
    assert "kan ikke tas tilbake" in page
    job = written(text(HEADING, ROW))
    user.groups.first().permissions.remove(Permission.objects.get(codename="delete_person"))
    assert client.get(url("undo", job.pk)).status_code in (302, 403)
    assert client.post(url("undo", job.pk)).status_code in (302, 403)
    job.refresh_from_db()
    assert job.status == "done"


def test_a_consultant_reads_that_nobody_is_subscribed_to_letters_here_and_who_does_it(login, client):
    login(Role.CONSULTANT)
    job = services.start(text(HEADING, ROW), "x.csv", None)
    for page in (client.get(url("columns", job.pk)), client.get(url("add_one"))):
        told = page.content.decode()
        assert "Ingen blir meldt på brev herfra. Det er kommunikasjonsrådgivernes oppgave." in told
        assert 'name="choices"' not in told
        assert 'name="basis"' not in told


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER])
def test_others_reach_no_page_of_it_and_change_nothing(login, client, role):
    waiting = previewed(text(HEADING, ROW))
    login(role)
    for name in ("index", "add_one"):
        assert client.get(url(name)).status_code in (302, 403)
    for name in ("show", "columns", "progress", "rejected", "undo"):
        assert client.get(url(name, waiting.pk)).status_code in (302, 403)
    for name in ("confirm", "cancel", "undo", "columns"):
        assert client.post(url(name, waiting.pk)).status_code in (302, 403)
    upload(client, text(HEADING, ROW))
    assert list(PeopleImport.objects.values_list("status", flat=True)) == ["previewed"]
    assert "register/import" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_looking_changes_nothing(login, client):
    login(Role.CONSULTANT)
    job = previewed(text(HEADING, ROW))
    for name in ("confirm", "cancel"):
        assert client.get(url(name, job.pk)).status_code == 405
    client.get(url("undo", job.pk))
    job.refresh_from_db()
    assert job.status == "previewed"


def test_the_preview_asks_as_many_questions_for_fifty_rows_as_for_one(
    login, client, django_assert_num_queries
):
    login(Role.CONSULTANT)
    few = previewed(text(HEADING, ROW))
    many = written(text(HEADING, *[("Kari", "Li", f"k{n}@ous.example", "", "") for n in range(50)]))
    client.get(url("show", few.pk))
    with django_assert_num_queries(19):
        client.get(url("show", few.pk))
    with django_assert_num_queries(19):
        client.get(url("show", many.pk))


def test_every_cell_of_the_preview_names_its_column_for_a_phone(login, client):
    login(Role.CONSULTANT)
    job = previewed(text(HEADING, ROW, ("Per", "Dal", "", "", "")))
    page = client.get(url("show", job.pk)).content.decode()
    table = page[page.index('class="tp-admin-table tp-admin-stack"') :]
    headings = re.findall(r'role="columnheader">([^<]+)<', table)
    new, rejected = (re.findall(r'data-label="([^"]+)"', row) for row in table.split('<tr role="row">')[2:4])
    assert headings == ["Rad", "Person", "Utfall", "Endringer og årsaker"] == rejected
    assert new == headings[:3]  # nothing to say, so no name without a word below it


def test_one_person_is_added_by_hand(login, client):
    login(Role.CONSULTANT)
    answer = client.post(
        url("add_one"), {"email": "kari@ous.example", "first_name": "Kari", "leader_level": 0}
    )
    assert answer.status_code == 302
    assert Person.objects.get().first_name == "Kari"
