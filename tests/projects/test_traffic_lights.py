"""Monthly traffic lights: leaders give them for their own projects and no others."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from accounts.models import PageLeader, User
from projects.models import TrafficLight
from tests.projects.factories import TrafficLightFactory, make_project

pytestmark = pytest.mark.django_db
LIST, ADD = "/admin/traffic-lights/", "/admin/traffic-lights/new/"


def login(client, email: str, **fields) -> User:
    user = User.objects.create_user(email, "x" * 14, **fields)
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    return user


@pytest.fixture
def projects(site):
    return make_project(title="Eget prosjekt"), make_project(title="Andres prosjekt")


@pytest.fixture
def leader(client, projects):
    user = login(client, "leder@example.org")
    PageLeader.objects.create(page=projects[0].contentpage_ptr, user=user)
    return user


def told(project, **fields) -> dict:
    green = {"time": "green", "cost": "green", "quality": "green"}
    return {"page": project.pk, "month": "2026-10-15", **green, "comment": "", **fields}


def test_a_leader_gives_a_light_for_an_own_project(client, leader, projects):
    assert client.post(ADD, told(projects[0])).status_code == 302
    assert str(TrafficLight.objects.get().month) == "2026-10-01"


def test_a_leader_cannot_give_a_light_for_another_project(client, leader, projects):
    assert client.post(ADD, told(projects[1])).status_code == 200
    assert not TrafficLight.objects.exists()


def test_a_leader_sees_and_changes_only_own_lights(client, leader, projects):
    own = TrafficLightFactory(page=projects[0], comment="Min egen")
    other = TrafficLightFactory(page=projects[1], comment="En annens")
    text = client.get(LIST).content.decode()
    assert "Min egen" in text
    assert "En annens" not in text
    assert client.get(f"{LIST}edit/{own.pk}/").status_code == 200
    assert client.get(f"{LIST}edit/{other.pk}/").status_code == 302
    client.post(f"{LIST}edit/{other.pk}/", told(projects[1], time="red", comment="Tatt over"))
    other.refresh_from_db()
    assert other.time == "green"


def test_a_leader_removes_no_light(client, leader, projects):
    own = TrafficLightFactory(page=projects[0])
    client.post(f"{LIST}delete/{own.pk}/")
    assert TrafficLight.objects.filter(pk=own.pk).exists()


def test_someone_who_leads_nothing_is_stopped(client, projects):
    login(client, "utenfor@example.org")
    assert client.get(LIST).status_code == 302
    client.post(ADD, told(projects[0]))
    assert not TrafficLight.objects.exists()


def test_a_month_has_one_light(client, leader, projects):
    TrafficLightFactory(page=projects[0])
    assert client.post(ADD, told(projects[0], month="2026-10-20")).status_code == 200
    assert TrafficLight.objects.count() == 1


def test_a_light_that_is_not_green_needs_a_reason(projects):
    light = TrafficLight(page=projects[0], cost="yellow")
    with pytest.raises(ValidationError):
        light.full_clean()
    light.comment = "Reisene ble dyrere."
    light.full_clean()
    assert light.worst == "yellow"
