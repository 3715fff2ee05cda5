"""What happens to people in the register: tied to users, corrected, merged, erased."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from directory import erasure, services
from directory.models import HealthRegion, Organisation, Person, PersonAddress, Position
from directory.signals import people_are_merging, person_is_being_erased
from newsletters.models import Series, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def trust():
    """A health trust in a region."""
    region = HealthRegion.objects.create(name="Helse Vest", slug="vest")
    return Organisation.objects.create(name="Helse Bergen", kind="health_trust", region=region)


@pytest.fixture
def person(trust):
    """Someone with a position."""
    found = Person.objects.create(first_name="Mette", last_name="Lie", email="mette@example.no")
    Position.objects.create(person=found, organisation=trust, title="Seksjonsleder", leader_level=1)
    return found


def _user(email="mette@example.no", verified=True) -> User:
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    return user


def test_a_user_becomes_a_person_only_through_a_verified_address(person):
    user = _user(verified=False)
    assert services.become_person(user) is None
    EmailAddress.objects.update(verified=True)
    assert services.become_person(user) == person


def test_a_further_address_counts_and_a_taken_person_is_left_alone(person):
    PersonAddress.objects.create(person=person, email="ml@example.org")
    first = _user("ml@example.org")
    assert services.become_person(first) == person
    assert services.become_person(_user("mette@example.no")) is None
    person.refresh_from_db()
    assert person.user == first


def test_a_corrected_address_keeps_the_old_one(person):
    services.correct_address(person, "mette.lie@example.no")
    assert Person.objects.by_email("METTE@example.no").get() == person
    assert Person.objects.get(pk=person.pk).email == "mette.lie@example.no"
    services.correct_address(Person.objects.get(pk=person.pk), "mette@example.no")
    assert [row.email for row in person.further_addresses.all()] == ["mette.lie@example.no"]


def test_an_address_belongs_to_one_person(person):
    other = Person.objects.create(email="per@example.no")
    with pytest.raises(ValidationError):
        services.correct_address(other, "Mette@example.no")
    with pytest.raises(ValidationError):
        PersonAddress(person=other, email="METTE@example.no").full_clean()


def test_merging_moves_everything_and_keeps_the_other_address(person, trust):
    double = Person.objects.create(first_name="Mette", last_name="Lie", email="m.lie@example.no", note="Ny")
    Position.objects.create(person=double, organisation=trust, title="Rådgiver")
    series = Series.objects.create(
        name="Lederbrev", slug="l", description="d", sender_name="s", sender_email="s@example.no"
    )
    Subscription.objects.create(person=double, series=series, basis="manual")
    kept = services.merge_people(person, double)
    assert not Person.objects.filter(pk=double.pk).exists()
    assert kept.positions.count() == 2
    assert kept.note == "Ny"
    assert Subscription.objects.get().person_id == kept.pk
    assert [row.email for row in kept.further_addresses.all()] == ["m.lie@example.no"]


def test_what_both_have_stands_once_after_a_merge(person):
    double = Person.objects.create(email="m.lie@example.no")
    series = Series.objects.create(
        name="Lederbrev", slug="l", description="d", sender_name="s", sender_email="s@example.no"
    )
    for someone in (person, double):
        Subscription.objects.create(person=someone, series=series, basis="manual")
    services.merge_people(person, double)
    assert Subscription.objects.get().person_id == person.pk


def test_merging_tells_other_apps_first_and_refuses_two_log_ins(person):
    double = Person.objects.create(email="m.lie@example.no", user=_user("m.lie@example.no"))
    heard = []

    def listen(keep, drop, **kwargs):
        heard.append((keep.pk, drop.pk))

    people_are_merging.connect(listen)
    try:
        with pytest.raises(ValidationError):
            services.merge_people(person, person)
        kept = services.merge_people(person, double)
    finally:
        people_are_merging.disconnect(listen)
    assert heard == [(person.pk, double.pk)]
    assert kept.user.email == "m.lie@example.no"
    third = Person.objects.create(email="x@example.no", user=_user("x@example.no"))
    with pytest.raises(ValidationError):
        services.merge_people(kept, third)


def test_erasing_tells_other_apps_and_leaves_no_trace_of_the_name(person):
    person.user = _user()
    person.save()
    heard = []

    def listen(person, **kwargs):
        heard.append(person.email)

    person_is_being_erased.connect(listen)
    try:
        services.erase_person(person)
    finally:
        person_is_being_erased.disconnect(listen)
    assert heard == ["mette@example.no"]
    assert not Person.objects.exists()
    assert not Position.objects.exists()
    assert not User.objects.exists()


def test_erasing_oneself_needs_a_fresh_mail_and_a_press_of_the_button(client, site, person):
    person.user = _user()
    person.save()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/min-side/slett/")
    assert not mail.outbox
    client.post("/min-side/slett/")
    link = re.search(r"https?://[^/\s]+(/min-side/slett/\S+)", mail.outbox[-1].body)[1]
    assert client.get(link).status_code == 200
    assert Person.objects.filter(pk=person.pk).exists()
    assert client.post(link[:-4] + "abc/").status_code == 410
    assert client.post(link).status_code == 200
    assert not Person.objects.filter(pk=person.pk).exists()
    assert client.post(link).status_code == 410
    assert client.get("/min-side/").status_code == 302


def test_a_failed_erasure_mail_is_said_in_words_and_mails_are_few_an_hour(client, site, person, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionRefusedError

    cache.clear()
    person.user = _user()
    person.save()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", away)
        answer = client.post("/min-side/slett/")
    assert "E-posten kunne ikke sendes nå" in answer.content.decode()
    for _attempt in range(4):
        answer = client.post("/min-side/slett/")
    assert "flere ganger" in answer.content.decode()
    assert len(mail.outbox) == 2
    assert Person.objects.exists()


def test_the_link_that_erases_dies_after_an_hour(client, site, person):
    with time_machine.travel(timezone.now() - timedelta(hours=2)):
        link = erasure.link_for(person)
    assert client.post(link[link.index("/min-side") :]).status_code == 410
    assert Person.objects.exists()


def test_a_persons_workplace_is_the_position_that_holds_today(person, trust):
    other = Organisation.objects.create(name="Helse Fonna", kind="health_trust", region=trust.region)
    Position.objects.create(person=person, organisation=other, leader_level=4, to_date=date(2020, 1, 1))
    found = Person.objects.get(pk=person.pk)
    assert found.workplace_name == "Helse Bergen"
    assert found.region_name == "Helse Vest"


def test_namesakes_are_suspected_and_others_are_not(person):
    double = Person.objects.create(first_name="mette ", last_name="LIE", email="m.lie@example.no")
    Person.objects.create(first_name="Per", last_name="Lie", email="per@example.no")
    groups = services.suspected_duplicates()
    assert [{found.pk for found in group} for group in groups] == [{person.pk, double.pk}]
