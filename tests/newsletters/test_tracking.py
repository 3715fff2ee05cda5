"""Links and pixels: who is counted, who is not, and who is a machine."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from directory.models import Person
from newsletters.consents import withdraw_consent
from newsletters.models import Delivery, MeasuringConsent, TrackingEvent
from newsletters.signing_up import request_subscription
from newsletters.tokens import (
    anonymous_tracking_token,
    make_token,
    personal_tracking_token,
    unsubscribe_token,
)
from tests.newsletters.factories import SubscriptionFactory
from tests.newsletters.sent import click, open_letter, reader, receiver, sent_delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache(site):
    cache.clear()


@pytest.fixture
def delivery():
    return sent_delivery()


def event() -> TrackingEvent:
    return TrackingEvent.objects.get()


def close(delivery):
    Delivery.objects.filter(pk=delivery.pk).update(statistics_closed_at=timezone.now())


def test_a_link_leads_to_the_frozen_address_and_is_never_stored_on_the_way(delivery):
    response = click(delivery, 2)
    assert (response.status_code, response["Location"]) == (302, "https://example.no/2")
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def test_no_other_address_can_be_reached_through_a_link(delivery):
    response = reader().get(f"/l/{delivery.key}/1?url=https://ond.example&next=//ond.example&t=x")
    assert response["Location"] == "https://example.no/1"
    assert reader().get(f"/l/{delivery.key}/99").status_code == 404
    assert reader().get("/l/11111111-1111-1111-1111-111111111111/1").status_code == 404


def test_a_click_without_a_token_tells_nothing_about_a_person(delivery):
    receiver(delivery)
    click(delivery)
    assert (event().recipient, event().token, event().is_machine) == (None, "", False)
    assert event().link.number == 1


def test_a_click_of_somebody_who_said_yes_is_theirs(delivery):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    assert event().recipient == got
    assert not event().is_machine


def test_a_token_of_somebody_who_never_said_yes_writes_nothing_about_them(delivery):
    click(delivery, of=receiver(delivery))
    open_letter(delivery, of=receiver(delivery))
    assert event().recipient is None


def test_after_the_consent_is_withdrawn_nothing_about_the_person_is_written_or_kept(delivery):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    open_letter(delivery, of=got)
    withdraw_consent(got.person)
    assert not TrackingEvent.objects.filter(recipient=got).exists()
    click(delivery, of=got, client=reader("192.0.2.9"))
    open_letter(delivery, of=got, client=reader("192.0.2.9"))
    assert not TrackingEvent.objects.filter(recipient__isnull=False).exists()
    assert TrackingEvent.objects.filter(kind="open").count() == 0


def test_a_token_of_another_letter_is_nobodys(delivery):
    other = sent_delivery()
    got = receiver(other, consenting=True)
    click(delivery, of=None, token=personal_tracking_token("click", other.pk, got.pk))
    click(delivery, token=personal_tracking_token("click", delivery.pk, got.pk), client=reader("192.0.2.9"))
    assert set(TrackingEvent.objects.values_list("recipient", flat=True)) == {None}


@pytest.mark.parametrize("kind", ["open", "forged", "unsubscribe"])
def test_a_token_of_another_kind_is_nobodys(delivery, kind):
    got = receiver(delivery, consenting=True)
    token = {
        "open": personal_tracking_token("open", delivery.pk, got.pk),
        "forged": "A" * 60,
        "unsubscribe": unsubscribe_token(got.person_id, delivery.series_id, got.pk),
    }[kind]
    assert click(delivery, token=token).status_code == 302
    assert event().recipient is None


def test_after_closing_links_still_work_and_count_nobody(delivery):
    got = receiver(delivery, consenting=True)
    close(delivery)
    assert click(delivery, of=got)["Location"] == "https://example.no/1"
    assert open_letter(delivery, of=got).status_code == 200
    assert not TrackingEvent.objects.exists()


def test_with_measuring_off_nothing_is_written():
    delivery = sent_delivery("off")
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    open_letter(delivery, of=got)
    assert not TrackingEvent.objects.exists()


def test_an_anonymous_letter_keeps_the_random_number_and_no_person():
    delivery = sent_delivery("anonymous")
    got = receiver(delivery, consenting=True)
    click(delivery, token=anonymous_tracking_token("click", delivery.pk, "ab12" * 6))
    open_letter(delivery, number="ab12" * 6)
    click(delivery, of=got, client=reader("192.0.2.9"))
    events = TrackingEvent.objects.order_by("pk")
    assert [one.token for one in events] == ["ab12" * 6, "ab12" * 6, ""]
    assert {one.recipient for one in events} == {None}


def test_a_random_number_in_a_letter_with_consent_is_not_kept(delivery):
    click(delivery, token=anonymous_tracking_token("click", delivery.pk, "ab12"))
    open_letter(delivery, number="ab12")
    assert event().token == ""


def test_the_pixel_answers_with_a_picture_whatever_the_token(delivery):
    for token in ("oppdiktet", personal_tracking_token("open", 0, 0)):
        response = reader().get(f"/o/{token}.gif")
        assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
        assert response.content[:6] == b"GIF89a"
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies
    assert not TrackingEvent.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": ""},
        {"user-agent": "Mozilla/5.0 (compatible; ProofPoint URL Defense)"},
        {"user-agent": "Mozilla/5.0 (Windows NT 10.0) BarracudaSentinel"},
        {"user-agent": "python-requests/2.32"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-moz": "prefetch"},
        {"x-purpose": "preview"},
    ],
)
def test_known_machines_and_prefetches_are_labelled(delivery, headers):
    click(delivery, headers=headers)
    assert event().is_machine


@pytest.mark.parametrize("agent", ["Mozilla/5.0", "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"])
def test_automatic_opens_are_labelled(delivery, agent):
    open_letter(delivery, of=receiver(delivery, consenting=True), headers={"user-agent": agent})
    assert event().is_machine


def test_a_head_request_is_a_machines_and_gets_the_same_answer(delivery):
    assert click(delivery, method="head").status_code == 302
    assert event().is_machine


def test_whoever_follows_the_trap_is_a_machine_and_so_is_all_it_did_before(delivery):
    click(delivery, 1)
    click(delivery, 0)
    click(delivery, 2)
    assert set(TrackingEvent.objects.values_list("is_machine", flat=True)) == {True}


def test_many_links_in_a_burst_are_a_machines_from_the_first_one_on(delivery):
    for number in (1, 2, 3, 4):
        click(delivery, number)
    assert TrackingEvent.objects.filter(is_machine=True).count() == 4


def test_a_reader_who_follows_one_link_twice_and_another_is_a_person(delivery):
    for number in (1, 1, 2):
        click(delivery, number)
    assert not TrackingEvent.objects.filter(is_machine=True).exists()


def test_many_people_behind_one_address_are_not_a_machine(delivery):
    for number in (1, 2, 3):
        click(delivery, number, client=reader(agent=f"Mozilla/5.0 (Windows NT 10.0) Firefox/14{number}.0"))
    assert not TrackingEvent.objects.filter(is_machine=True).exists()


def test_the_first_seconds_after_delivery_belong_to_machines(delivery):
    early = receiver(delivery, consenting=True, seconds_ago=3)
    unsent = receiver(delivery, consenting=True, sent_at=None, status="sending")
    late = receiver(delivery, consenting=True, seconds_ago=60)
    for place, got in enumerate((early, unsent, late)):
        click(delivery, of=got, client=reader(f"192.0.2.{place}"))
        open_letter(delivery, of=got, client=reader(f"192.0.2.{place}"))
    machines = TrackingEvent.objects.filter(is_machine=True)
    assert set(machines.values_list("recipient", flat=True)) == {early.pk, unsent.pk}
    assert machines.count() == 4


def test_a_link_scanner_confirms_nothing_leaves_nothing_and_is_labelled(delivery):
    got = receiver(delivery, consenting=True)
    subscription = SubscriptionFactory(person=got.person, series=delivery.series)
    waiting = request_subscription("ny@sykehus.example", [delivery.series], measuring_wording="Ja")
    scanner = reader("198.51.100.7")
    pages = [
        f"/avmeld/{unsubscribe_token(got.person_id, delivery.series_id, got.pk)}",
        f"/brev/bekreft/{make_token('confirm', waiting.pk)}",
    ]
    for method in ("head", "get"):
        for page in pages:
            assert getattr(scanner, method)(page).status_code == 200
        for number in (1, 2, 3, 4, 0):
            click(delivery, number, of=got if number else None, client=scanner, method=method)
    got.refresh_from_db()
    subscription.refresh_from_db()
    waiting.refresh_from_db()
    assert got.unsubscribed_at is None
    assert (subscription.status, subscription.ended_at) == ("active", None)
    assert waiting.confirmed_at is None
    assert not Person.objects.filter(email="ny@sykehus.example").exists()
    assert MeasuringConsent.objects.get().withdrawn_at is None
    assert set(TrackingEvent.objects.values_list("is_machine", flat=True)) == {True}


@pytest.mark.redis
def test_a_click_costs_one_statement_once_the_link_is_known(delivery, django_assert_num_queries):
    """Without Redis the cache is a table itself, and every look at it a statement."""
    got = receiver(delivery, consenting=True)
    click(delivery)
    with django_assert_num_queries(1):
        click(delivery, of=got, client=reader("192.0.2.50"))
    with django_assert_num_queries(1):
        open_letter(delivery, of=got)


def test_nothing_but_delivery_link_and_time_is_stored_of_a_click_without_consent(delivery):
    got = receiver(delivery)
    click(delivery, client=reader("203.0.113.77"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM newsletters_trackingevent")
        columns = [column.name for column in cursor.description]
        row = dict(zip(columns, cursor.fetchone(), strict=True))
    assert row.pop("delivery_id") == delivery.pk
    assert abs(row.pop("at") - timezone.now()) < timedelta(minutes=1)
    assert set(row) == {"id", "link_id", "recipient_id", "token", "kind", "is_machine", "is_counted"}
    assert row["recipient_id"] is None
    assert got.person_id not in (row["recipient_id"], row["token"])
