"""The list of networks and a network's page: what readers may know, and no member's name."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from directory.models import Person
from networks.listings import groups_of
from networks.models import Membership, NetworkGroup, NetworkMeeting
from tests.networks.factories import make_network

pytestmark = pytest.mark.django_db
LIST = "/nettverk/"
LIST_QUERIES = 6
PAGE_QUERIES = 7


def add_members(page, count: int) -> None:
    for number in range(count):
        group = NetworkGroup.objects.create(page=page, name=f"Gruppe {number + 1}", theme="Flyt")
        person = Person.objects.create(
            first_name="Hemmelig",
            last_name=f"Navnesen{number}",
            email=f"hemmelig{number}-{page.pk}@example.org",
        )
        group.mentor = person
        group.save()
        Membership.objects.create(page=page, person=person, group=group)


def test_no_member_is_named_in_public(client, site):
    page = make_network()
    add_members(page, 3)
    text = client.get(page.url).content.decode()
    assert "Gruppe 1" in text
    assert "Hemmelig" not in text
    assert "hemmelig" not in text


def test_the_parts_that_are_empty_have_no_link(client, site):
    text = client.get(make_network().url).content.decode()
    assert 'href="#om"' in text
    assert 'href="#rad"' not in text
    assert 'href="#moter"' not in text


def test_meetings_stand_as_coming_and_past(client, site):
    today = timezone.localdate()
    page = make_network(
        meetings=[
            NetworkMeeting(date=today - timedelta(days=400), title="Høstsamling"),
            NetworkMeeting(date=today + timedelta(days=40), title="Vårsamling"),
        ]
    )
    text = client.get(page.url).content.decode()
    assert text.index("Vårsamling") < text.index("Høstsamling")


def test_groups_are_sorted_by_number(site):
    page = make_network()
    for number in (10, 2, 1):
        NetworkGroup.objects.create(page=page, name=f"Gruppe {number}: Noe")
    assert [group.name[:9].strip(":") for group in groups_of(page)] == ["Gruppe 1", "Gruppe 2", "Gruppe 10"]


def test_a_list_costs_the_same_with_one_and_with_twenty_networks(client, site, django_assert_num_queries):
    make_network()
    client.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)
    for number in range(19):
        make_network(title=f"Nettverk {number}")
    with django_assert_num_queries(LIST_QUERIES):
        client.get(LIST)


def test_a_network_costs_the_same_with_one_and_with_twenty_groups(client, site, django_assert_num_queries):
    small, large = make_network(title="Lite"), make_network(title="Stort")
    add_members(small, 1)
    add_members(large, 20)
    client.get(small.url)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(small.url)
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(large.url)


def test_a_membership_ends_after_it_begins_and_keeps_to_its_network(site):
    page, other = make_network(title="Ett"), make_network(title="Et annet")
    person = Person.objects.create(email="en@example.org")
    group = NetworkGroup.objects.create(page=other, name="Gruppe 1")
    today = timezone.localdate()
    membership = Membership(page=page, person=person, group=group, to_date=today - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        membership.full_clean()
    assert set(refused.value.message_dict) >= {"group", "to_date"}
