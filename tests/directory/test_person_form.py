"""Whoever was erased comes back into the register only at their own wish, by any form, and who let them in is kept."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory import services
from directory.imports.judging import barred_addresses
from directory.models import Person, PersonAddress

pytestmark = pytest.mark.django_db
BOX = "Personen har selv bedt om å stå i registeret igjen"
REFUSED = "Personen med denne adressen er slettet fra registeret etter eget ønske."


@pytest.fixture
def consultant(site, client, settings):
    settings.MFA_REQUIRED = False
    ensure_roles()
    user = User.objects.create_user("konsulent@tjenesten.example")
    user.groups.add(group_of(Role.CONSULTANT))
    client.force_login(user)
    return user


@pytest.fixture
def erased(db):
    services.erase_person(Person.objects.create(first_name="Kari", email="kari@ous.example"))
    return "Kari@OUS.example"


def form(email="kari@ous.example", further=(), initial=0, **more):
    """Return the register's form as a browser sends it."""
    data = {"first_name": "Kari", "last_name": "Li", "email": email, "language": "nb", **more}
    for name, number in (("positions", 0), ("further_addresses", len(further))):
        data |= {
            f"{name}-TOTAL_FORMS": number, f"{name}-INITIAL_FORMS": 0, f"{name}-MIN_NUM_FORMS": 0,
            f"{name}-MAX_NUM_FORMS": 1000,
        }  # fmt: skip
    for number, address in enumerate(further):
        data[f"further_addresses-{number}-email"] = address
    return data


def by_hand(email="kari@ous.example", **more):
    """Return the form for one person by hand."""
    return {"email": email, "first_name": "Kari", "leader_level": 0, **more}


FORMS = [("people:add", form), ("people_imports:add_one", by_hand)]


@pytest.mark.parametrize(("name", "data"), FORMS)
def test_the_box_is_not_shown_before_somebody_erased_is_met(consultant, client, name, data):
    assert BOX not in client.get(reverse(name)).content.decode()
    assert client.post(reverse(name), data("ny@ous.example")).status_code == 302
    assert Person.objects.get().email == "ny@ous.example"
    assert not ModelLogEntry.objects.filter(action="directory.asked_back").exists()


@pytest.mark.parametrize(("name", "data"), FORMS)
def test_an_erased_address_is_refused_with_a_sentence_and_the_box(consultant, client, erased, name, data):
    page = client.post(reverse(name), data(erased)).content.decode()
    assert REFUSED in page
    assert BOX in page
    assert not Person.objects.exists()


@pytest.mark.parametrize(("name", "data"), FORMS)
def test_with_the_box_ticked_the_person_is_registered_and_who_let_them_in_is_kept(
    consultant, client, erased, name, data
):
    assert client.post(reverse(name), data(erased, asked_back="on")).status_code == 302
    person = Person.objects.get()
    entry = ModelLogEntry.objects.for_instance(person).get(action="directory.asked_back")
    assert (entry.user, entry.timestamp is not None) == (consultant, True)
    history = client.get(reverse("people:history", args=[person.pk])).content.decode()
    assert "Registrert igjen: Personen var slettet og har selv bedt om det" in history
    # Letters still wait for the person's own sign-up.
    assert barred_addresses([erased])


def test_an_erased_address_does_not_come_in_as_somebodys_corrected_or_further_one(consultant, client, erased):
    person = Person.objects.create(first_name="Per", email="per@ous.example")
    edit = reverse("people:edit", args=[person.pk])
    for data in (form(erased), form("per@ous.example", [erased])):
        assert REFUSED in client.post(edit, data).content.decode()
    person.refresh_from_db()
    assert (person.email, PersonAddress.objects.count()) == ("per@ous.example", 0)


def test_a_person_who_came_back_is_changed_without_being_asked_again(consultant, client, erased):
    client.post(reverse("people:add"), form(erased, asked_back="on"))
    person = Person.objects.get()
    answer = client.post(reverse("people:edit", args=[person.pk]), form(person.email, last_name="Berg"))
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.last_name == "Berg"
    assert ModelLogEntry.objects.filter(action="directory.asked_back").count() == 1
