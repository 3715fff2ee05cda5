"""The form that adds a subscription: its person is searched for, and who asks is somebody who may add one."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory.models import PersonAddress
from tests.accounts.test_access import is_refused
from tests.newsletters.factories import PersonFactory, SubscriptionFactory, make_position

pytestmark = pytest.mark.django_db
ADD = "subscriptions:add"


@pytest.fixture(autouse=True)
def _roles(site, settings):
    settings.MFA_REQUIRED = False
    ensure_roles()


def log_in(client, role: Role):
    user = User.objects.create_user(f"{role}@tjenesten.example", "et langt passord")
    user.groups.add(group_of(role))
    client.force_login(user)
    return client


@pytest.fixture
def adviser(client):
    return log_in(client, Role.ADVISER)


def found(adviser, words: str) -> list[str]:
    page = adviser.get(reverse("person_chooser:choose_results"), {"q": words})
    return sorted(person.email for person in page.context["results"])


def test_the_form_names_nobody_until_somebody_is_searched_for(adviser):
    person = PersonFactory()
    page = adviser.get(reverse(ADD)).content.decode()
    assert person.email not in page
    assert person.name not in page
    assert reverse("person_chooser:choose") in page


def test_people_are_found_by_words_of_name_and_address_in_any_order(adviser):
    kari = PersonFactory(first_name="Kari", last_name="Li", email="kl@helse.example")
    PersonFactory(first_name="Kari", last_name="Bø", email="kb@helse.example")
    PersonAddress.objects.create(person=kari, email="gammel@privat.example")
    assert found(adviser, "kari") == ["kb@helse.example", "kl@helse.example"]
    assert found(adviser, "Li KARI") == ["kl@helse.example"]
    assert found(adviser, "privat") == ["kl@helse.example"]
    assert found(adviser, "ingen") == []


def test_two_of_one_name_are_told_apart_by_address_and_workplace(adviser):
    place = make_position(PersonFactory(first_name="Kari", last_name="Li")).organisation
    PersonFactory(first_name="Kari", last_name="Li", email="en.annen@helse.example")
    page = adviser.get(reverse("person_chooser:choose_results"), {"q": "kari"}).content.decode()
    assert place.name in page
    assert "en.annen@helse.example" in page


@pytest.mark.parametrize("size", [1, 8])
@pytest.mark.parametrize(
    ("address", "number"), [(ADD, 13), ("person_chooser:choose", 9), ("person_chooser:choose_results", 9)]
)
def test_the_work_is_the_same_however_many_people_there_are(
    adviser, django_assert_num_queries, address, number, size
):
    for _one in range(size):
        make_position(PersonFactory())
    adviser.get(reverse(address))
    with django_assert_num_queries(number):
        assert adviser.get(reverse(address)).status_code == 200


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER, Role.CONSULTANT])
def test_who_may_not_add_subscriptions_sees_nobody_through_the_chooser(client, role):
    person = PersonFactory(first_name="Hemmelig")
    log_in(client, role)
    for name, args in (
        ("choose", []),
        ("choose_results", []),
        ("chosen", [person.pk]),
        ("chosen_multiple", []),
    ):
        answer = client.get(reverse(f"person_chooser:{name}", args=args), {"id": person.pk, "q": "hemmelig"})
        assert is_refused(answer), name
        assert "Hemmelig" not in answer.content.decode()


def test_a_change_keeps_whose_subscription_it_is_and_of_what(adviser):
    row, other = SubscriptionFactory(status="unsubscribed"), SubscriptionFactory()
    edit = reverse("subscriptions:edit", args=[row.pk])
    assert row.person.name in adviser.get(edit).content.decode()
    adviser.post(
        edit,
        {
            "person": other.person_id,
            "series": other.series_id,
            "status": "unsubscribed",
            "basis": "manual",
            "basis_note": "Ringte",
        },
    )
    person, series = row.person_id, row.series_id
    row.refresh_from_db()
    assert (row.person_id, row.series_id, row.basis_note) == (person, series, "Ringte")
