"""Adding one subscription by hand: with the basis for it, and how we know."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters.models import Subscription, SuppressedAddress, address_hash
from newsletters.subscriptions import unsubscribe_from_all
from tests.newsletters.factories import PersonFactory, SeriesFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
ADD = "subscriptions:add"


@pytest.fixture(autouse=True)
def adviser(site, client, settings) -> User:
    settings.MFA_REQUIRED = False
    ensure_roles()
    user = User.objects.create_user("radgiver@tjenesten.example", "et langt passord")
    user.groups.add(group_of(Role.ADVISER))
    client.force_login(user)
    return user


def form(**changes) -> dict:
    return {
        "person": PersonFactory().pk,
        "series": SeriesFactory().pk,
        "status": "active",
        "basis": "role",
        "basis_note": "Ny enhetsleder, meldt av avdelingen 3. november",
        "wording": "",
        **changes,
    }


def test_a_subscription_by_hand_keeps_its_basis_and_how_we_know(client):
    assert client.post(reverse(ADD), form()).status_code == 302
    made = Subscription.objects.get()
    assert (made.status, made.basis) == ("active", "role")
    assert made.basis_note.startswith("Ny enhetsleder")
    assert made.confirmed_at


@pytest.mark.parametrize(
    "wrong",
    [{"basis_note": " "}, {"basis": "double_opt_in"}, {"basis": "import"}, {"status": "pending"}],
    ids=["no note", "as if signed up", "as if imported", "as if waiting"],
)
def test_nothing_is_added_without_a_true_basis(client, wrong):
    assert client.post(reverse(ADD), form(**wrong)).context["form"].errors
    assert not Subscription.objects.exists()


def test_a_suppressed_address_is_refused_with_a_reason(client):
    person = PersonFactory()
    SuppressedAddress.objects.create(hash=address_hash(person.email), reason="erased")
    page = client.post(reverse(ADD), form(person=person.pk)).content.decode()
    assert "Bare personen selv kan melde seg på igjen" in page
    assert not Subscription.objects.exists()


def test_whoever_has_left_all_letters_is_refused_for_a_series_made_later_too(client):
    person = PersonFactory()
    unsubscribe_from_all(person)
    page = client.post(reverse(ADD), form(person=person.pk)).content.decode()
    assert "Personen har meldt seg av alle brev" in page
    assert not Subscription.objects.exists()


def test_whoever_has_left_is_not_added_a_second_time(client):
    left = SubscriptionFactory(status="unsubscribed")
    client.post(reverse(ADD), form(person=left.person_id, series=left.series_id))
    assert [row.status for row in Subscription.objects.all()] == ["unsubscribed"]


def test_an_older_subscription_without_a_note_can_still_be_changed(client):
    row = SubscriptionFactory(basis="double_opt_in")
    edit = reverse("subscriptions:edit", args=[row.pk])
    told = form(
        person=row.person_id,
        series=row.series_id,
        basis="double_opt_in",
        basis_note="",
        status="unsubscribed",
    )
    assert client.post(edit, told).status_code == 302
    row.refresh_from_db()
    assert row.status == "unsubscribed"
