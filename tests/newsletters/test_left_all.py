"""Whoever has left all letters gets none, of series made later either, until they ask for one themselves."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from directory.services import collect, correct_address, erase_person, merge_people
from networks.models import Membership
from newsletters import imports
from newsletters.audience import Audience
from newsletters.bounces.outcomes import complained
from newsletters.models import (
    LeftAllLetters,
    Recipient,
    Series,
    SignupRequest,
    Subscription,
    SuppressedAddress,
    address_hash,
)
from newsletters.signing_up import confirm, request_subscription
from newsletters.subscriptions import start, unsubscribe, unsubscribe_from_all
from newsletters.tokens import preferences_token, unsubscribe_token
from tests.directory.import_files import HEADING, previewed, text, written
from tests.networks.factories import make_network
from tests.newsletters.factories import PersonFactory, SeriesFactory, SubscriptionFactory
from tests.newsletters.sent import receiver, sent_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.signing_up.wake_mailer", lambda: None)
    cache.clear()


@pytest.fixture
def person():
    """Somebody who read one series and has left all letters; what comes afterwards is the test."""
    name = {"person__first_name": "Kari", "person__last_name": "Li"}
    person = SubscriptionFactory(person__email="kari@helse.example", **name).person
    unsubscribe_from_all(person)
    return person


def reached(series: Series, **audience) -> list:
    return list(Audience(series=series.pk, **audience).people())


def sign_up(email: str, *series: Series) -> None:
    confirm(request_subscription(email, series).pk)


def statuses(person) -> dict:
    return dict(person.subscriptions.values_list("series", "status"))


def test_a_subscription_to_a_series_made_later_reaches_them_not_even_if_it_stands_in_the_table(person):
    series = SeriesFactory()
    Subscription.objects.create(person=person, series=series, status="active", basis="import")
    assert reached(series) == []


def test_members_of_a_network_whose_series_is_made_later_get_it_but_not_who_has_left_all(person):
    network, other = make_network(), PersonFactory()
    for member in (person, other):
        Membership.objects.create(page=network, person=member)
    series = SeriesFactory(network=network)
    assert list(Audience.of_series(series).people()) == [other]
    assert Audience.of_series(series).held_back() == 0


def test_an_import_passes_them_over_and_says_so(person):
    series = SeriesFactory()
    options = {"choices": [f"series-{series.pk}"], "basis": "Liste fra foretaket"}
    file = text(HEADING, ("Kari", "Li", person.email, "", ""), ("Per", "Bø", "per@helse.example", "", ""))
    remarks = {row.email: row.remarks for row in previewed(file, **options).rows.all()}
    assert remarks == {
        person.email: ["Har meldt seg av alle brev og blir ikke påmeldt igjen."],
        "per@helse.example": [],
    }
    written(file, **options)
    assert [row.person.email for row in series.subscriptions.all()] == ["per@helse.example"]


def test_an_import_asks_once_for_everybody(person, django_assert_num_queries):
    series = SeriesFactory()
    people = [one.pk for one in PersonFactory.create_batch(5)]
    with django_assert_num_queries(5):  # the series, who has left all, addresses, suppressed ones, the rows
        assert imports.subscribe([person.pk, *people], [f"series-{series.pk}"], "") == 5


def test_their_own_sign_up_brings_back_what_they_asked_for_and_nothing_else(person):
    before = Series.objects.get()
    asked, beside = SeriesFactory.create_batch(2)
    sign_up(person.email, asked)
    assert statuses(person) == {before.pk: "unsubscribed", asked.pk: "active", beside.pk: "unsubscribed"}
    assert reached(asked) == [person]
    assert not LeftAllLetters.objects.exists()
    later = SeriesFactory()
    imports.subscribe([person.pk], [f"series-{later.pk}"], "Ny rolle")
    assert reached(later) == [person]


def test_a_sign_up_that_is_not_confirmed_brings_nothing_back(person):
    request_subscription(person.email, [SeriesFactory()])
    assert LeftAllLetters.objects.get().person == person


def test_a_tick_on_the_preference_page_brings_a_series_back_once_the_mail_to_the_person_is_answered(
    client, person
):
    series = SeriesFactory()
    url = reverse("newsletters:preferences", args=[preferences_token(person.pk)])
    page = client.get(url).content.decode()
    assert "Du er meldt av alle brev fra oss" in page
    assert "Da sender vi en e-post til adressen" in page
    client.post(url, {"language": "nb"})
    assert not SignupRequest.objects.exists()
    page = client.post(url, {"series": [series.pk], "language": "nn"}).content.decode()
    # Every letter carries the link, forwarded ones too: the tick alone proves nothing.
    assert "Dei andre vala dine er lagra" in page
    assert "Vi sender ein e-post til adressa no" in page
    assert reached(series) == []
    assert LeftAllLetters.objects.exists()
    confirm(SignupRequest.objects.get().pk)
    assert reached(series) == [person]
    assert "meld av alle brev" not in client.get(url).content.decode()


def test_a_tick_beside_a_pause_says_that_the_pause_stands_in_the_way_and_mails_nobody(client, person):
    url = reverse("newsletters:preferences", args=[preferences_token(person.pk)])
    told = {"series": [SeriesFactory().pk], "language": "nb", "wish": "pause"}
    assert "Du har pause til og med" in client.post(url, told).content.decode()
    assert not SignupRequest.objects.exists()


def test_who_reads_one_series_may_leave_all_to_come(client):
    subscription = SubscriptionFactory()
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    url = reverse("newsletters:unsubscribe", args=[token])
    assert "også dem som måtte komme senere" in client.get(url).content.decode()
    client.post(url, {"scope": "series"})
    assert not LeftAllLetters.objects.exists()
    client.post(url, {"scope": "all", "reason": "too_many"})
    assert LeftAllLetters.objects.get().person == subscription.person


def test_leaving_all_twice_keeps_the_first_time(person):
    first = LeftAllLetters.objects.get().since
    unsubscribe_from_all(person)
    assert LeftAllLetters.objects.get().since == first


def test_a_complaint_follows_the_person_to_a_new_address(site):
    got = receiver(sent_delivery())
    complained(got)
    person = correct_address(got.person, "ny@helse.example")
    series = SeriesFactory()
    Subscription.objects.create(person=person, series=series, status="active", basis="import")
    assert reached(series) == []


def test_the_stand_wins_when_two_entries_become_one_and_letters_under_way_are_skipped(person):
    drop = SubscriptionFactory(series=SeriesFactory()).person
    waiting = Recipient.objects.create(delivery=sent_delivery(), person=drop, email=drop.email)
    kept = merge_people(drop, person)
    assert LeftAllLetters.objects.get().person == kept
    assert set(statuses(kept).values()) == {"unsubscribed"}
    waiting.refresh_from_db()
    assert waiting.status == Recipient.Status.SKIPPED


def test_the_person_can_read_since_when(person):
    told = {part["about"]: part["rows"] for part in collect(person)["stored"]}
    assert told["Meldt av alle brev"] == [{"since": LeftAllLetters.objects.get().since.isoformat()}]


def test_erasing_takes_the_stand_along_the_hash_stays_and_a_new_sign_up_starts_afresh(person):
    email = person.email
    erase_person(person)
    assert not LeftAllLetters.objects.exists()
    assert SuppressedAddress.objects.get().hash == address_hash(email)
    series = SeriesFactory()
    sign_up(email, series)
    assert [one.email for one in reached(series)] == [email]


def backfill() -> dict:
    LeftAllLetters.objects.all().delete()
    import_module("newsletters.migrations.0006_who_left_all").note_who_left_all(apps, None)
    return dict(LeftAllLetters.objects.values_list("person", "since"))


def test_the_migration_knows_who_had_left_all_by_the_one_moment_of_their_rows():
    series = SeriesFactory.create_batch(3)
    all_at_once, one_by_one, back_again = PersonFactory.create_batch(3)
    for left in (all_at_once, back_again):
        unsubscribe_from_all(left)
    start(back_again, series[0])
    for one in series:
        unsubscribe(one_by_one, one)
    moment = all_at_once.subscriptions.first().ended_at
    assert backfill() == {all_at_once.pk: moment}
    import_module("newsletters.migrations.0006_who_left_all").note_who_left_all(apps, None)
    assert LeftAllLetters.objects.count() == 1


def test_the_migration_knows_who_complained_at_an_address_they_had_before():
    subscription = SubscriptionFactory(status="unsubscribed", person__email="Gammel@helse.example")
    gone, moved, stays = (
        subscription.person,
        PersonFactory(email="for@helse.example"),
        SubscriptionFactory().person,
    )
    since = timezone.now() - timedelta(30)
    for one in (gone, moved, stays):
        hash_ = address_hash(one.email)
        SuppressedAddress.objects.create(hash=hash_, reason="complaint", since=since)
    SuppressedAddress.objects.create(hash=address_hash(PersonFactory().email), reason="hard_bounce")
    correct_address(moved, "etter@helse.example")
    assert backfill() == {gone.pk: since, moved.pk: since}
