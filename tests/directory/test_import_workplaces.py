"""A file spells hospitals its own way: they are recognised, and what is not is counted by name."""

import pytest

from accounts.roles import Role
from directory.imports import services
from directory.imports.workplaces import Workplaces
from directory.models import HealthRegion, Organisation, PeopleImport, Position, Unit
from tests.directory.import_files import HEADING, confirm, previewed, text
from tests.directory.test_import_pages import login, url, without_second_factor  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def register(db):
    west = HealthRegion.objects.create(name="Helse Vest")
    bergen = Organisation.objects.create(
        name="Helse Bergen", short_name="Haukeland", kind="health_trust", region=west
    )
    Unit.objects.create(organisation=bergen, name="Avdeling for rusmedisin")
    Organisation.objects.create(name="Helse Stavanger", short_name="SUS", kind="health_trust", region=west)
    for name, short in (
        ("Akershus universitetssykehus", "Ahus"),
        ("Oslo universitetssykehus", "OUS"),
        ("Universitetssykehuset Nord-Norge", "UNN"),
        ("Sykehuset Innlandet", "SI"),
    ):
        Organisation.objects.create(name=name, short_name=short, kind="health_trust")


def rows(place, number):
    return [("Kari", "Li", f"k{n}.{len(place)}@ous.example", place, "Lege") for n in range(number)]


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        ("Haukeland universitetssjukehus", "Helse Bergen"),
        ("HAUKELAND UNIVERSITETSSYKEHUS", "Helse Bergen"),
        ("Helse Bergen HF, Haukeland universitetssjukehus", "Helse Bergen"),
        ("Helse Vest RHF – Helse Bergen helseforetak", "Helse Bergen"),
        ("Avdeling for rusmedisin, Haukeland", "Helse Bergen"),
        ("Oslo Universitetssjukehus HF", "Oslo universitetssykehus"),
        ("Oslo universitets-sykehus", "Oslo universitetssykehus"),
        ("Universitetssjukehuset Nord Norge", "Universitetssykehuset Nord-Norge"),
        ("Sjukehuset Innlandet", "Sykehuset Innlandet"),
    ],
)
def test_an_organisation_is_recognised_however_it_is_spelt(register, name, organisation):
    assert str(Workplaces().organisation(name)) == organisation


@pytest.mark.parametrize(
    "name",
    ["Haukeland hotell", "OUS og Ahus", "Universitetet i Oslo", "Oslo kommune", "Sykehuset", "Helse", "–"],
)
def test_a_name_that_may_be_another_place_or_two_is_not_taken_for_one(register, name):
    assert Workplaces().organisation(name) is None


def test_the_part_of_an_organisation_is_meant_where_both_are_named(register):
    whole = Organisation.objects.get(short_name="OUS")
    part = Organisation.objects.create(name="Aker ruspoliklinikk", kind="health_trust", parent=whole)
    assert Workplaces().organisation("Aker ruspoliklinikk, Oslo universitetssjukehus") == part


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("Stavanger universitetssjukehus", " Mente du Helse Stavanger?"),
        ("Haukland universitetssjukehus", " Mente du Helse Bergen?"),
        ("Haukeland hotell", " Mente du Helse Bergen?"),
        ("Bodø universitetssykehus", ""),
        ("Oslo kommune", ""),
        ("Sykehuset", ""),
    ],
)
def test_only_names_that_are_close_are_suggested(register, name, suggested):
    job = previewed(text(HEADING, *rows(name, 1)))
    (remark,) = job.rows.get().remarks
    assert remark.endswith("ingen stilling registreres." + suggested)


def test_the_summary_counts_the_rows_without_a_workplace_by_name(register, login, client):  # noqa: F811
    login(Role.CONSULTANT)
    job = previewed(
        text(
            HEADING, *rows("Ukjent sykehjem", 3), *rows("Annet sted", 1), *rows("Haukeland", 2), *rows("", 1)
        )
    )
    page = " ".join(client.get(url("show", job.pk)).content.decode().split())
    assert "<dt>Med merknader</dt><dd>4</dd>" in page
    assert "4 av 7 rader nevner en virksomhet som ikke finnes i registeret" in page
    assert "<li>«Ukjent sykehjem»: 3 rader</li><li>«Annet sted»: 1 rad</li>" in page.replace(
        "</li> <li>", "</li><li>"
    )


def test_the_summary_is_silent_where_every_workplace_is_known(register, login, client):  # noqa: F811
    login(Role.CONSULTANT)
    job = previewed(text(HEADING, *rows("Haukeland", 2)))
    page = client.get(url("show", job.pk)).content.decode()
    assert "<dt>Med merknader</dt>" not in page
    assert "ikke finnes i registeret" not in page


def test_one_choice_settles_all_rows_with_a_name_and_can_be_taken_away_again(register, login, client):  # noqa: F811
    login(Role.CONSULTANT)
    job = previewed(text(HEADING, *rows("Ukjent sykehjem", 2), *rows("Annet sted", 1)))
    bergen = Organisation.objects.get(short_name="Haukeland")
    seen = services.fingerprint(job)
    names = {"name": ["Ukjent sykehjem", "Annet sted"]}
    client.post(url("workplaces", job.pk), {**names, "organisation": [bergen.pk, ""]})
    services.run_waiting()
    job.refresh_from_db()
    assert services.fingerprint(job) != seen
    page = client.get(url("show", job.pk)).content.decode()
    assert "<dt>Med merknader</dt><dd>1</dd>" in page
    assert f'<option value="{bergen.pk}" selected>Helse Bergen</option>' in page
    client.post(url("workplaces", job.pk), {**names, "organisation": ["", "x"]})
    services.run_waiting()
    assert job.rows.exclude(remarks=[]).count() == 3
    client.post(url("workplaces", job.pk), {**names, "organisation": [bergen.pk, ""]})
    services.run_waiting()
    assert confirm(job)
    services.run_waiting()
    assert [str(one.organisation) for one in Position.objects.all()] == ["Helse Bergen"] * 2


def test_workplaces_are_chosen_before_the_import_is_written_and_by_those_who_may(register, login, client):  # noqa: F811
    job = previewed(text(HEADING, *rows("Ukjent sykehjem", 1)))
    chosen = {"name": "Ukjent sykehjem", "organisation": Organisation.objects.get(short_name="SUS").pk}
    login(Role.READER)
    client.post(url("workplaces", job.pk), chosen)
    assert PeopleImport.objects.get().status == "previewed"
    login(Role.CONSULTANT)
    assert confirm(job)
    client.post(url("workplaces", job.pk), chosen)
    assert (PeopleImport.objects.get().status, PeopleImport.objects.get().workplaces) == ("writing", {})
