"""Who a letter goes to."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.models import HomePage
from directory.models import Person
from networks.models import Membership, NetworkIndexPage, NetworkPage
from newsletters.audience import Audience
from newsletters.hashed_addresses import AddressHash
from newsletters.models import Subscription, SuppressedAddress, address_hash
from newsletters.services.freeze import freeze_recipients
from newsletters.subscriptions import unsubscribe_from_all
from tests.core.factories import add_page
from tests.newsletters.factories import (
    OrganisationFactory,
    PersonFactory,
    RegionFactory,
    SeriesFactory,
    SubscriptionFactory,
    make_delivery,
    make_position,
)

pytestmark = pytest.mark.django_db


def chosen(audience):
    return set(audience.people())


@pytest.fixture
def network(site):
    index = NetworkIndexPage.objects.descendant_of(HomePage.objects.get()).get()
    return add_page(index, NetworkPage, title="Familienettverket")


def test_only_confirmed_subscribers_of_the_series_are_chosen():
    series = SeriesFactory()
    subscriber = SubscriptionFactory(series=series).person
    SubscriptionFactory(series=series, status=Subscription.Status.PENDING)
    SubscriptionFactory(series=series, status=Subscription.Status.UNSUBSCRIBED)
    SubscriptionFactory()
    assert chosen(Audience.of_series(series)) == {subscriber}


def test_a_subscriber_who_is_also_a_member_is_chosen_once(network):
    series = SeriesFactory(network=network)
    person = SubscriptionFactory(series=series).person
    for page in (network, add_page(network.get_parent(), NetworkPage, title="Annet")):
        Membership.objects.create(page=page, person=person)
    audience = Audience(series=series.pk, networks=tuple(NetworkPage.objects.values_list("pk", flat=True)))
    assert list(audience.people()) == [person]
    assert audience.count() == 1


def test_former_members_are_left_out_and_current_ones_need_no_subscription(network):
    series = SeriesFactory(network=network)
    today = timezone.localdate()
    member, former = PersonFactory(), PersonFactory()
    Membership.objects.create(page=network, person=member)
    Membership.objects.create(
        page=network, person=former, from_date=today - timedelta(9), to_date=today - timedelta(1)
    )
    assert chosen(Audience.of_series(series)) == {member}
    assert chosen(Audience(series=series.pk)) == set()


def test_a_member_who_has_left_the_series_never_gets_it(network):
    series = SeriesFactory(network=network)
    subscription = SubscriptionFactory(series=series, status=Subscription.Status.UNSUBSCRIBED)
    Membership.objects.create(page=network, person=subscription.person)
    assert chosen(Audience.of_series(series)) == set()


def test_who_has_left_all_letters_gets_none_through_a_network_joined_later(network):
    person = SubscriptionFactory().person
    series = SeriesFactory(network=network)
    unsubscribe_from_all(person)
    Membership.objects.create(page=network, person=person)
    assert chosen(Audience.of_series(series)) == set()


def test_suppressed_addresses_are_left_out_whatever_their_case():
    series = SeriesFactory()
    SubscriptionFactory(series=series, person__email="Borte@Helse.example")
    stays = SubscriptionFactory(series=series).person
    SuppressedAddress.objects.create(hash=address_hash("borte@helse.example"), reason="hard_bounce")
    assert chosen(Audience.of_series(series)) == {stays}


@pytest.mark.parametrize("secret", ["kort", "x" * 200])
def test_the_database_computes_the_same_hash_as_python(settings, secret):
    settings.SECRET_KEY = secret
    person = PersonFactory(email="Kari.Nordmann+brev@Helse-Nord.example")
    computed = Person.objects.annotate(hash=AddressHash("email")).get(pk=person.pk).hash
    assert computed == address_hash(person.email)


def test_filters_on_the_workplace_hold_for_one_and_the_same_position():
    series, north, south = SeriesFactory(), RegionFactory(), RegionFactory()
    leader = SubscriptionFactory(series=series).person
    make_position(leader, OrganisationFactory(region=north), leader_level=2, unit_kind="acute")
    split = SubscriptionFactory(series=series).person
    make_position(split, OrganisationFactory(region=north))
    make_position(split, OrganisationFactory(region=south), leader_level=2)
    audience = Audience(series=series.pk, regions=(north.pk,), leader_levels=(2, 3))
    assert chosen(audience) == {leader}
    assert chosen(Audience(series=series.pk, unit_kinds=("acute",))) == {leader}
    assert chosen(Audience(series=series.pk, regions=(north.pk, south.pk))) == {leader, split}


def test_a_position_that_has_ended_does_not_count():
    series, organisation = SeriesFactory(), OrganisationFactory()
    person = SubscriptionFactory(series=series).person
    make_position(person, organisation, to_date=timezone.localdate() - timedelta(1))
    assert chosen(Audience(series=series.pk, organisations=(organisation.pk,))) == set()


def test_professions_narrow_the_audience():
    series = SeriesFactory()
    doctor = SubscriptionFactory(series=series, person__profession="doctor").person
    SubscriptionFactory(series=series, person__profession="nurse")
    assert chosen(Audience(series=series.pk, professions=("doctor",))) == {doctor}


def test_an_audience_survives_json():
    audience = Audience(series=1, networks=(2, 3), regions=(4,), professions=("doctor",), subscribers=False)
    assert Audience.from_dict(audience.as_dict()) == audience
    assert Audience.from_dict({**audience.as_dict(), "gone": 1}) == audience


def test_the_sample_is_the_same_each_time():
    series = SeriesFactory()
    SubscriptionFactory.create_batch(12, series=series)
    audience = Audience.of_series(series)
    first = audience.sample(4)
    assert len(first) == 4
    assert first == audience.sample(4)


def test_freezing_takes_a_snapshot_of_where_people_stand(site):
    delivery = make_delivery(frozen=False)
    person = SubscriptionFactory(series=delivery.series, person__profession="nurse").person
    organisation = OrganisationFactory()
    make_position(person, OrganisationFactory(), leader_level=0)
    make_position(person, organisation, leader_level=3)
    nowhere = SubscriptionFactory(series=delivery.series).person
    delivery.sender_email = "brev@tjenesten.example"
    assert freeze_recipients(delivery) == 2
    row = delivery.recipients.get(person=person)
    assert (row.organisation, row.region) == (organisation, organisation.region)
    assert (row.organisation_kind, row.profession) == ("health_trust", "nurse")
    assert row.message_id.startswith("<")
    assert row.message_id.endswith("@tjenesten.example>")
    assert delivery.recipients.get(person=nowhere).organisation is None


def test_message_ids_differ_between_people_and_say_nothing_about_them(site):
    delivery = make_delivery(subscribers=20)
    ids = set(delivery.recipients.values_list("message_id", flat=True))
    assert len(ids) == 20


def test_freezing_costs_the_same_number_of_queries_for_one_and_for_many(site, django_assert_num_queries):
    delivery = make_delivery(frozen=False, sender_email="brev@tjenesten.example")
    SubscriptionFactory.create_batch(30, series=delivery.series)
    # The rows, and a setting of PostgreSQL for them.
    with django_assert_num_queries(2):
        freeze_recipients(delivery)
    assert delivery.recipients.count() == 30
    assert connection.vendor == "postgresql"
