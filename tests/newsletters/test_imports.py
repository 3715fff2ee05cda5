"""An import subscribes people to letters, but never those who left, were erased, or must not be mailed."""

import pytest

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from directory import services as people_services
from directory.imports import by_hand, services
from directory.imports.forms import PersonByHandForm
from directory.imports.offers import offer_for
from directory.models import Person, PersonAddress
from newsletters.models import Subscription, SuppressedAddress, address_hash
from newsletters.subscriptions import unsubscribe
from tests.directory.import_files import HEADING, confirm, previewed, taken_back, text, written
from tests.newsletters.factories import PersonFactory, SeriesFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(db):
    return SeriesFactory(name="TSB-lederbrev")


def options(series):
    return {"choices": [f"series-{series.pk}"], "basis": "Ledere i feltet, liste fra foretaket"}


def row(email="kari@helse.example", first="Kari"):
    return (first, "Li", email, "", "")


def test_people_are_subscribed_with_the_basis_and_what_was_said_of_it(series):
    job = written(text(HEADING, row(), row("per@helse.example", "Per")), **options(series))
    assert ["Legges til i", "", "TSB-lederbrev"] in job.rows.first().changes
    subscription = Subscription.objects.get(person__first_name="Kari")
    assert (subscription.status, subscription.basis) == ("active", "import")
    assert subscription.basis_note == "Ledere i feltet, liste fra foretaket"
    assert series.subscriptions.count() == 2


def test_without_a_chosen_series_nobody_is_subscribed(series):
    written(text(HEADING, row()))
    assert not Subscription.objects.exists()


def test_whoever_has_left_a_series_is_not_subscribed_again_and_the_preview_says_so(series):
    person = PersonFactory(first_name="Kari", last_name="Li", email="kari@helse.example")
    unsubscribe(person, series)
    job = previewed(text(HEADING, row()), **options(series))
    assert job.rows.get().remarks == ["Har meldt seg av TSB-lederbrev og blir ikke påmeldt igjen."]
    confirm(job)
    services.run_waiting()
    assert Subscription.objects.get().status == "unsubscribed"


def test_whoever_leaves_between_preview_and_writing_stays_away(series):
    person = PersonFactory(first_name="Kari", last_name="Li", email="kari@helse.example")
    job = previewed(text(HEADING, row()), **options(series))
    unsubscribe(person, series)
    confirm(job)
    services.run_waiting()
    assert Subscription.objects.get().status == "unsubscribed"


def test_a_subscription_that_stands_keeps_its_basis(series):
    person = PersonFactory(first_name="Kari", last_name="Li", email="kari@helse.example")
    SubscriptionFactory(person=person, series=series, basis="double_opt_in")
    job = written(text(HEADING, row()), **options(series))
    assert (job.rows.get().outcome, Subscription.objects.get().basis) == ("unchanged", "double_opt_in")


@pytest.mark.parametrize("cell", ["KARI@helse.example", "ny@helse.example; kari@helse.example"])
def test_whoever_was_erased_never_comes_back_by_an_import(series, cell):
    people_services.erase_person(PersonFactory(email="kari@helse.example"))
    job = written(text(HEADING, row(cell)), **options(series))
    assert (job.rows.get().outcome, Person.objects.count()) == ("rejected", 0)
    assert job.rows.get().reason == ("Slettet etter eget ønske. Kommer bare tilbake ved å melde seg på selv.")
    assert (job.rows.get().values, job.rows.get().email, job.rows.get().remarks) == ({}, "", [])


def test_an_erased_address_does_not_come_back_as_somebody_elses_nor_in_the_row(series):
    people_services.erase_person(PersonFactory(email="borte@helse.example"))
    person = PersonFactory(first_name="Kari", last_name="Li", email="kari@helse.example")
    job = written(
        text(HEADING, row("Borte@helse.example; kari@helse.example; k@helse.example")), **options(series)
    )
    kept = job.rows.get()
    assert [one.email for one in person.further_addresses.all()] == ["k@helse.example"]
    assert kept.remarks == ["En adresse som er slettet etter eget ønske, er utelatt."]
    assert kept.values["email"] == "kari@helse.example; k@helse.example"
    assert "borte" not in str([kept.values, kept.email, kept.changes]).lower()


def test_nothing_of_a_row_is_kept_when_its_further_address_is_erased_before_it_is_written(series):
    job = previewed(text(HEADING, row("ny@helse.example; kari@helse.example")), **options(series))
    people_services.erase_person(PersonFactory(email="kari@helse.example"))
    confirm(job)
    services.run_waiting()
    assert not Person.objects.exists()
    assert [(one.outcome, one.values, one.email) for one in job.rows.all()] == [("rejected", {}, "")]


def test_a_row_refused_as_erased_stops_no_later_row_with_its_other_address(series):
    people_services.erase_person(PersonFactory(email="borte@helse.example"))
    job = written(text(HEADING, row("kari@helse.example; borte@helse.example"), row()), **options(series))
    assert dict(job.rows.values_list("number", "outcome")) == {2: "rejected", 3: "new"}


def test_whoever_is_erased_between_preview_and_writing_is_not_written(series):
    person = PersonFactory(first_name="Kari", last_name="Li", email="kari@helse.example")
    job = previewed(text(HEADING, row("kari@helse.example; k@helse.example")), **options(series))
    people_services.erase_person(person)
    confirm(job)
    services.run_waiting()
    assert not Person.objects.exists()


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "manual"])
def test_a_blocked_address_is_registered_but_not_subscribed(series, reason):
    SuppressedAddress.objects.create(hash=address_hash("kari@helse.example"), reason=reason)
    job = written(text(HEADING, row()), **options(series))
    assert "sperret for brev" in job.rows.get().remarks[0]
    assert (Person.objects.count(), Subscription.objects.count()) == (1, 0)


def test_an_import_taken_back_takes_its_subscriptions_but_remembers_who_left(series):
    job = written(text(HEADING, row(), row("per@helse.example", "Per")), **options(series))
    unsubscribe(Person.objects.get(first_name="Per"), series)
    assert taken_back(job) == (1, 1)
    assert Subscription.objects.get().status == "unsubscribed"


def test_whoever_stays_when_an_import_is_taken_back_stays_subscribed(series):
    job = written(text(HEADING, row(), row("per@helse.example", "Per")), **options(series))
    person = Person.objects.get(first_name="Per")
    PersonAddress.objects.create(person=person, email="per@privat.example")
    assert taken_back(job) == (1, 1)
    assert (Subscription.objects.get().person, Person.objects.get()) == (person, person)


def test_only_those_who_may_add_subscriptions_are_offered_series_and_the_others_read_why_not(series):
    ensure_roles()
    offered = {}
    for role in (Role.ADVISER, Role.CONSULTANT):
        user = User.objects.create_user(f"{role}@tjenesten.example")
        user.groups.add(group_of(role))
        offered[role] = offer_for(user)
    assert offered[Role.ADVISER].choices == [(f"series-{series.pk}", "TSB-lederbrev")]
    assert offered[Role.ADVISER].notes == []
    assert offered[Role.CONSULTANT].choices == []
    assert "Det er kommunikasjonsrådgivernes oppgave" in offered[Role.CONSULTANT].notes[0]


def test_without_any_series_the_adviser_reads_that_there_are_none(db):
    offer = offer_for(User.objects.create_superuser("alt@tjenesten.example"))
    assert (offer.choices, len(offer.notes)) == ([], 1)
    assert "ingen brevserier" in offer.notes[0]


def by_hand_data(series, **data):
    form = PersonByHandForm(
        {"email": "kari@helse.example", "leader_level": 0, **options(series), **data},
        user=User.objects.create_superuser("alt@tjenesten.example"),
    )
    return form if not form.is_valid() else form.cleaned_data


def test_a_person_added_by_hand_is_subscribed_with_that_basis(series):
    person, remarks = by_hand.add_person(by_hand_data(series), User.objects.first())
    subscription = Subscription.objects.get()
    assert (subscription.person, subscription.basis, remarks) == (person, "manual", [])
    assert subscription.basis_note == "Ledere i feltet, liste fra foretaket"


def test_letters_by_hand_ask_for_the_basis_and_a_known_address_is_pointed_out(series):
    PersonFactory(first_name="Kari", last_name="Li", email="KARI@helse.example")
    errors = by_hand_data(series, basis=" ").errors
    assert errors["basis"] == ["Skriv hvorfor vi kan skrive til disse personene."]
    assert errors["email"][0].startswith("Kari Li har denne adressen")
