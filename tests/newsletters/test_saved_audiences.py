"""Saved audiences: kept under a name, used again, and honest about what is gone since."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.admin.saved_audiences import saved_choices
from newsletters.audience import Audience, count_each
from newsletters.models import Interest, SavedAudience, Subscription
from tests.newsletters.factories import (
    OrganisationFactory,
    RegionFactory,
    SeriesFactory,
    SubscriptionFactory,
    make_letter,
    make_position,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    """The second factor has its own tests."""
    settings.MFA_REQUIRED = False


@pytest.fixture
def adviser(site, client) -> User:
    ensure_roles()
    user = User.objects.create_user("radgiver@tjenesten.example", "et langt passord")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


def save(series, name="Nord", **filters) -> SavedAudience:
    audience = Audience(series=series.pk, **filters)
    return SavedAudience.objects.create(name=name, series=series, audience=audience.as_dict())


def as_of_today(saved):
    return saved_choices([saved])[0]


def confirm_url(letter, query) -> str:
    return f"{reverse('newsletters_admin:confirm', args=[letter.pk])}?{query}"


def test_an_audience_is_saved_where_its_number_is_seen_and_fills_the_form_of_the_next_letter(adviser, client):
    letter = make_letter()
    organisation = OrganisationFactory()
    make_position(SubscriptionFactory(series=letter.series).person, organisation)
    SubscriptionFactory(series=letter.series)
    url = confirm_url(letter, f"subscribers=on&organisations={organisation.pk}")
    assert client.post(url, {"save": "1", "name": "Ett sykehus"}).status_code == 302
    saved = SavedAudience.objects.get()
    assert (saved.name, saved.series, saved.created_by) == ("Ett sykehus", letter.series, adviser)
    assert not letter.deliveries.exists()
    page = client.get(
        reverse("newsletters_admin:send", args=[letter.pk]) + f"?saved={saved.pk}"
    ).content.decode()
    assert "Ett sykehus" in page
    assert "1 person i dag" in page
    assert f'name="organisations" value="{organisation.pk}" checked' in page


def test_getting_the_page_saves_nothing(adviser, client):
    letter = make_letter()
    assert client.get(confirm_url(letter, "subscribers=on&save=1&name=Nord")).status_code == 200
    assert not SavedAudience.objects.exists()


@pytest.mark.parametrize("name", ["", "NORD"])
def test_a_name_that_is_missing_or_taken_is_refused_and_what_was_typed_stays(adviser, client, name):
    letter = make_letter()
    save(letter.series, "Nord")
    answer = client.post(confirm_url(letter, "subscribers=on"), {"save": "1", "name": name})
    assert answer.status_code == 200
    assert f'value="{name}"' in answer.content.decode() or not name
    assert answer.context["name_form"].errors
    assert SavedAudience.objects.count() == 1
    assert not letter.deliveries.exists()


def test_another_series_may_use_the_same_name():
    save(SeriesFactory())
    save(SeriesFactory())
    assert SavedAudience.objects.count() == 2


def test_a_closed_organisation_is_taken_out_and_named_and_the_rest_stands():
    series, open_one, closed = SeriesFactory(), OrganisationFactory(), OrganisationFactory()
    for organisation in (open_one, closed):
        make_position(SubscriptionFactory(series=series).person, organisation)
    saved = save(series, organisations=(open_one.pk, closed.pk))
    assert as_of_today(saved).number == 2
    closed.is_active = False
    closed.save()
    today = as_of_today(saved)
    assert today.is_usable
    assert today.audience.organisations == (open_one.pk,)
    assert today.number == 1
    assert closed.name in today.notes[0]


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "closed"])
def test_an_audience_whose_only_organisation_is_gone_is_never_widened_to_everybody(
    adviser, client, is_deleted
):
    letter, organisation = make_letter(), OrganisationFactory()
    SubscriptionFactory.create_batch(3, series=letter.series)
    saved = save(letter.series, "Ett sykehus", organisations=(organisation.pk,))
    if is_deleted:
        organisation.delete()
    else:
        type(organisation).objects.update(is_active=False)
    today = as_of_today(saved)
    assert not today.is_usable
    assert today.number == 0
    assert Audience.from_dict(saved.audience).count() == 0
    page = client.get(
        reverse("newsletters_admin:send", args=[letter.pk]) + f"?saved={saved.pk}"
    ).content.decode()
    assert "Kan ikke brukes" in page
    assert "ville brevet gått til alle" in page
    assert f"?saved={saved.pk}#audience" not in page


def test_an_interest_that_is_gone_is_refused_and_never_widens_the_audience(adviser, client):
    """Also when it was the last one, and the form no longer asks for interests."""
    letter = make_letter()
    SubscriptionFactory(series=letter.series)
    interest = Interest.objects.create(name="Familie")
    url = confirm_url(letter, f"subscribers=on&interests={interest.pk}")
    assert client.get(url).status_code == 200
    interest.delete()
    for answer in (client.get(url, follow=True), client.post(url, {"form_id": str(uuid4())}, follow=True)):
        assert answer.redirect_chain
        assert "Velg et gyldig valg" in answer.content.decode()
    assert not letter.deliveries.exists()
    assert client.get(confirm_url(letter, "subscribers=on")).status_code == 200


def test_a_deleted_region_or_interest_counts_as_gone_too():
    series, region, interest = SeriesFactory(), RegionFactory(), Interest.objects.create(name="Familie")
    saved = save(series, regions=(region.pk,), interests=(interest.pk,))
    region.delete()
    interest.delete()
    today = as_of_today(saved)
    assert not today.is_usable
    assert len(today.notes) == 2


def test_an_audience_of_a_network_that_is_gone_reaches_nobody_and_says_so():
    today = as_of_today(save(SeriesFactory(), subscribers=False, networks=(4711,)))
    assert not today.is_usable
    assert "ingen mottakere" in today.notes[-1]


def test_numbers_of_many_audiences_cost_one_query(django_assert_num_queries):
    series = SeriesFactory()
    SubscriptionFactory.create_batch(2, series=series, person__profession="nurse")
    SubscriptionFactory(series=series)
    SubscriptionFactory(series=series, status=Subscription.Status.UNSUBSCRIBED)
    everyone = Audience(series=series.pk)
    audiences = {number: replace(everyone, professions=("nurse",)) for number in range(2, 20)}
    audiences |= {0: everyone, 1: replace(everyone, professions=("doctor",))}
    with django_assert_num_queries(1):
        counted = count_each(audiences)
    assert (counted[0], counted[1], counted[2]) == (3, 0, 2)
    assert {key: one.count() for key, one in audiences.items()} == counted
    assert count_each({}) == {}
    assert count_each({5: everyone}) == {5: 3}


@pytest.mark.parametrize("number", [1, 12])
def test_saved_audiences_are_read_in_a_fixed_number_of_queries(number, django_assert_num_queries):
    series = SeriesFactory()
    rows = [save(series, f"Utvalg {place}") for place in range(number)]
    with django_assert_num_queries(5):
        assert len(saved_choices(rows)) == number


def test_the_list_renames_and_deletes_but_adds_nothing(adviser, client):
    series = SeriesFactory()
    saved = save(series, "Nord", professions=("nurse",))
    SubscriptionFactory(series=series, person__profession="nurse")
    save(series, "Sør")
    page = client.get(reverse("saved_audiences:index")).content.decode()
    assert "Nord" in page
    assert "Sykepleier" in page
    edit = reverse("saved_audiences:edit", args=[saved.pk])
    assert client.post(edit, {"name": "Sør"}).context["form"].errors
    client.post(edit, {"name": "Nordover"})
    saved.refresh_from_db()
    assert saved.name == "Nordover"
    assert Audience.from_dict(saved.audience).professions == ("nurse",)
    assert client.get(reverse("saved_audiences:add")).status_code == 302
    client.post(reverse("saved_audiences:delete", args=[saved.pk]))
    assert SavedAudience.objects.get().name == "Sør"


@pytest.mark.parametrize("role", [Role.PROJECT_LEADER, Role.READER, Role.CONSULTANT])
def test_others_neither_see_nor_save_audiences(site, client, role):
    ensure_roles()
    user = User.objects.create_user("annen@tjenesten.example", "et langt passord")
    user.groups.add(group_of(role))
    client.force_login(user)
    letter = make_letter()
    saved = save(letter.series, "Hemmelig utvalg")
    for url in (reverse("saved_audiences:index"), reverse("saved_audiences:edit", args=[saved.pk])):
        assert "Hemmelig utvalg" not in client.get(url, follow=True).content.decode()
    client.post(confirm_url(letter, "subscribers=on"), {"save": "1", "name": "Mitt"})
    client.post(reverse("saved_audiences:delete", args=[saved.pk]))
    assert SavedAudience.objects.get() == saved


def test_organisations_stand_by_region_and_a_region_with_a_choice_is_open(adviser, client):
    letter = make_letter()
    north, south = RegionFactory(name="Helse A", sort_order=1), RegionFactory(name="Helse B", sort_order=2)
    chosen = OrganisationFactory(region=north, name="Sykehuset Å")
    OrganisationFactory(region=south, name="Sykehuset B")
    OrganisationFactory(region=None, name="Landsforeningen")
    OrganisationFactory(region=south, name="Nedlagt", is_active=False)
    query = f"?subscribers=on&organisations={chosen.pk}"
    page = client.get(reverse("newsletters_admin:send", args=[letter.pk]) + query).content.decode()
    places = [page.index(name) for name in ("Sykehuset Å", "Sykehuset B", "Landsforeningen")]
    assert places == sorted(places)
    assert page.count("<details open>") == 1
    assert "1 valgt" in page
    assert "Nedlagt" not in page
