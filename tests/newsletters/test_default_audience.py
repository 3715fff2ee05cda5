"""Who gets a series by default: a saved audience that may be chosen on the series, and never anybody more."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models import RestrictedError
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory.models import Organisation, Position
from networks.models import Membership
from newsletters.audience import Audience
from newsletters.models import SavedAudience, Series
from newsletters.subscriptions import letters_of, unsubscribe
from tests.networks.factories import make_network
from tests.newsletters.factories import (
    OrganisationFactory,
    PersonFactory,
    SeriesFactory,
    SubscriptionFactory,
    make_letter,
    make_position,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser(site, client, settings) -> User:
    settings.MFA_REQUIRED = False
    ensure_roles()
    user = User.objects.create_user("radgiver@tjenesten.example", "et langt passord")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


def with_default(series: Series, **filters) -> SavedAudience:
    audience = Audience(series=series.pk, **filters)
    saved = SavedAudience.objects.create(name="Ett sykehus", series=series, audience=audience.as_dict())
    series.default_audience = saved
    series.save()
    return saved


def send_page(client, letter, query: str = "") -> str:
    return client.get(reverse("newsletters_admin:send", args=[letter.pk]) + query).content.decode()


@pytest.fixture
def letter(site):
    """A letter to one hospital by default, one of three subscribers works there."""
    letter, hospital = make_letter(), OrganisationFactory(name="Sykehuset Nord")
    people = [row.person for row in SubscriptionFactory.create_batch(3, series=letter.series)]
    make_position(people[0], hospital)
    with_default(letter.series, organisations=(hospital.pk,))
    return letter


def test_the_send_page_starts_from_the_series_default_audience(adviser, client, letter):
    page = send_page(client, letter)
    hospital = letter.series.default_audience.audience["organisations"][0]
    assert f'name="organisations" value="{hospital}" checked' in page
    assert "seriens standardutvalg" in page
    assert Audience.of_series(letter.series).count() == 1


def test_what_is_chosen_by_hand_stands_against_the_default(adviser, client, letter):
    page = send_page(client, letter, "?subscribers=on")
    assert 'name="organisations"' in page
    assert "checked" not in page.partition('name="organisations"')[2].partition("</fieldset>")[0]
    assert "seriens standardutvalg" not in page


def test_without_one_the_send_page_starts_from_subscribers_and_the_network(adviser, client):
    network = make_network()
    letter = make_letter(SeriesFactory(network=network))
    answer = client.get(reverse("newsletters_admin:send", args=[letter.pk]))
    assert answer.context["form"].initial["networks"] == [network.pk]


@pytest.mark.parametrize("query", ["", "?saved=0"])
def test_a_default_of_which_nothing_is_left_chooses_nobody(adviser, client, letter, query):
    Organisation.objects.update(is_active=False)
    answer = client.get(reverse("newsletters_admin:send", args=[letter.pk]) + query)
    assert answer.context["form"].initial == {"subscribers": False}
    assert "Sykehuset Nord" in answer.content.decode()
    if not query:
        assert "så ingen er valgt nedenfor" in answer.content.decode()


def test_a_deleted_hospital_never_widens_the_default(letter):
    Position.objects.all().delete()
    Organisation.objects.all().delete()
    assert Audience.of_series(Series.objects.get(pk=letter.series.pk)).count() == 0


def test_the_command_sends_to_the_default_and_refuses_one_that_cannot_be_used(letter):
    out = StringIO()
    call_command("send_letter", letter.pk, "--dry-run", stdout=out)
    assert "1 mottaker" in out.getvalue()
    Organisation.objects.update(is_active=False)
    with pytest.raises(CommandError):
        call_command("send_letter", letter.pk, "--dry-run", stdout=out)
    assert not letter.deliveries.exists()


def test_an_audience_of_another_series_is_refused(site):
    series, other = SeriesFactory(), SeriesFactory()
    series.default_audience = with_default(other)
    with pytest.raises(ValidationError) as refusal:
        series.full_clean()
    assert "default_audience" in refusal.value.message_dict


def test_the_series_form_offers_the_series_own_audiences_only(adviser, client, letter):
    with_default(SeriesFactory())
    form = client.get(reverse("letter_series:edit", args=[letter.series.pk])).context["form"]
    assert list(form.fields["default_audience"].queryset) == [letter.series.default_audience]
    new = client.get(reverse("letter_series:add")).context["form"]
    assert not new.fields["default_audience"].queryset.exists()
    assert "Serien har ingen lagrede utvalg ennå" in str(new.fields["default_audience"].help_text)


def test_an_audience_in_use_as_default_is_not_deleted_and_the_page_says_where(adviser, client, letter):
    saved = letter.series.default_audience
    address = reverse("saved_audiences:delete", args=[saved.pk])
    for answer in (client.get(address, follow=True), client.post(address, follow=True)):
        assert f"standardutvalget til «{letter.series.name}»" in answer.content.decode()
    assert SavedAudience.objects.filter(pk=saved.pk).exists()
    with pytest.raises(RestrictedError):
        saved.delete()
    Series.objects.update(default_audience=None)
    assert client.post(address).status_code == 302
    assert not SavedAudience.objects.exists()


def test_a_series_takes_its_default_audience_with_it_when_it_is_deleted(site):
    series = SeriesFactory()
    with_default(series)
    series.delete()
    assert not SavedAudience.objects.exists()


def test_the_preference_page_shows_what_comes_by_default_before_the_first_letter_has_come(site):
    network, person = make_network(), PersonFactory()
    Membership.objects.create(page=network, person=person)
    series = SeriesFactory(network=network)
    assert letters_of(person) == [series]
    unsubscribe(person, series)
    assert letters_of(person) == []


def test_a_default_audience_in_the_network_s_place_decides_what_the_preference_page_shows(site):
    network, person = make_network(), PersonFactory()
    Membership.objects.create(page=network, person=person)
    series, hospital = SeriesFactory(network=network), OrganisationFactory()
    with_default(series, networks=(network.pk,), organisations=(hospital.pk,))
    assert letters_of(person) == []
    make_position(person, hospital)
    assert letters_of(person) == [series]


@pytest.mark.parametrize("number", [1, 12])
def test_asking_what_comes_by_default_costs_the_same_for_one_series_and_for_many(
    site, number, django_assert_num_queries
):
    from newsletters.audience import series_by_default

    network, person = make_network(), PersonFactory()
    Membership.objects.create(page=network, person=person)
    for series in SeriesFactory.create_batch(number, network=network):
        with_default(series, networks=(network.pk,))
    with django_assert_num_queries(2):
        assert len(series_by_default(person)) == number
