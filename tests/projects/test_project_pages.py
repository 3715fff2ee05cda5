"""The list of projects and a project's page."""

import pytest

from projects.models import Activity, Phase, ProjectOutput
from projects.plans import plan_of
from tests.core.factories import make_topic
from tests.projects.factories import make_project

pytestmark = pytest.mark.django_db
LIST = "/prosjekter/"
LIST_QUERIES = 8
PAGE_QUERIES = 6


def test_ongoing_projects_come_before_completed_ones(client, site):
    make_project(title="Ferdig prosjekt", status="completed", start_year=2020)
    make_project(title="Pågående prosjekt", status="ongoing", start_year=2010)
    text = client.get(LIST).content.decode()
    assert text.index("Pågående prosjekt") < text.index("Ferdig prosjekt")


@pytest.mark.parametrize(
    ("query", "left"),
    [("type=research", 1), ("status=completed", 1), ("type=research&status=completed", 0), ("tema=lar", 1)],
)
def test_the_list_is_narrowed_by_kind_status_and_topic(client, site, query, left):
    topic = make_topic(title="LAR", slug="lar")
    make_project(title="Hjernen", kind="research")
    make_project(title="Kartlegging", status="completed", topics=[topic])
    text = client.get(f"{LIST}?{query}").content.decode()
    assert text.count('class="tp-card"') == left


@pytest.mark.parametrize("query", ["type=x", "status=%00", "tema=zzz", "side=abc", "side=0"])
def test_unknown_values_are_no_choice(client, site, query):
    make_project()
    text = client.get(f"{LIST}?{query}").content.decode()
    assert text.count('class="tp-card"') == 1


def test_the_purpose_stands_first(client, site):
    page = make_project(purpose="Alle får hjelp når det haster.", lead="Vi kartla tilbudene.")
    text = client.get(page.url).content.decode()
    body = text[text.index("<main") :]
    assert body.index("Alle får hjelp") < body.index("Vi kartla tilbudene")


def test_the_plan_is_shown_as_written(client, site):
    page = make_project(milestones=1)
    text = client.get(page.url).content.decode()
    assert "Innen 31.12.2017" in text
    assert "Våren 2018" in text
    activity = Activity.objects.get(text="Skrive notat")
    assert activity.deadline_end.isoformat() == "2017-12-31"
    assert 'data-label="' in text


def test_outputs_show_their_numbers(client, site):
    page = make_project(outputs=[ProjectOutput(kind="Håndbok", text="Håndbok om steroider", number="16 000")])
    text = client.get(page.url).content.decode()
    assert "16 000" in text


def test_a_project_without_anything_but_a_title_renders(client, site):
    response = client.get(make_project(title="Bare tittel").url)
    assert response.status_code == 200


def test_a_preview_shows_what_is_not_saved(site):
    page = make_project(milestones=1)
    draft = page.get_latest_revision().as_object()
    draft.milestones.all()[0].activities.add(Activity(text="Ny aktivitet"))
    shown = [
        activity["text"] for milestone in plan_of(draft).milestones for activity in milestone["activities"]
    ]
    assert "Ny aktivitet" in shown


def test_a_list_costs_the_same_with_one_and_with_twenty_projects(client, site, django_assert_num_queries):
    topic = make_topic()
    make_project(topics=[topic])
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for number in range(19):
        make_project(title=f"Prosjekt {number}", topics=[topic])
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_a_project_costs_the_same_with_one_and_with_twenty_milestones(
    client, site, django_assert_num_queries
):
    small = make_project(milestones=1, phases=[Phase(name="Fase 1")])
    large = make_project(title="Stort", milestones=20, phases=[Phase(name=f"Fase {n}") for n in range(20)])
    client.get(small.url)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(small.url)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(large.url)
