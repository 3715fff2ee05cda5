"""Two entries become one person: links in old letters act on that person, each letter comes once, erasing finds all."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.urls import reverse
from wagtail.log_actions import log

from directory.models import FormerNumber, Person
from directory.services import erase_person, merge_people
from newsletters import mails, sending
from newsletters.bounces.outcomes import complained, left
from newsletters.consents import withdraw_consent
from newsletters.forgetting import SKIPPED_REPLY
from newsletters.merging import MERGED_REPLY
from newsletters.models import (
    Delivery,
    LeftAllLetters,
    MeasuringConsent,
    MergedReceiver,
    Recipient,
    Subscription,
    SuppressedAddress,
    TrackingEvent,
    address_hash,
)
from newsletters.subscriptions import unsubscribe
from newsletters.tokens import preferences_token, unsubscribe_token
from newsletters.wanted import SUPPRESSED_REPLY
from newsletters.wishes import Wish, wish_of
from tests.newsletters.factories import (
    PersonFactory,
    SubscriptionFactory,
    give_consent,
    make_running,
    statuses,
)
from tests.newsletters.sent import click, receiver, sent_delivery

pytestmark = pytest.mark.django_db
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def _no_broker(site, monkeypatch):
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: False)
    cache.clear()


def leaving(row: Recipient, name: str = "unsubscribe") -> str:
    token = unsubscribe_token(row.person_id, row.delivery.series_id, row.pk)
    return reverse(f"newsletters:{name}", args=[token])


def doubles(delivery: Delivery) -> tuple[Recipient, Recipient]:
    """Let both entries have got the letter; return the row of the one to keep and of the one to drop."""
    rows = receiver(delivery), receiver(delivery)
    for row in rows:
        SubscriptionFactory(person=row.person, series=delivery.series)
    return rows


def standing(person: Person) -> set[str]:
    return set(person.subscriptions.values_list("status", flat=True))


@pytest.mark.parametrize("fields", [ONE_CLICK, {"scope": "series"}, {"scope": "all"}])
@pytest.mark.parametrize("both_got_it", [True, False])
def test_an_old_letters_link_ends_the_letters_of_the_one_person_there_is(client, fields, both_got_it):
    delivery = sent_delivery()
    kept, dropped = doubles(delivery)
    if not both_got_it:
        kept.delete()
    link = leaving(dropped)
    person = merge_people(kept.person, dropped.person)
    assert delivery.series.name in client.get(link).content.decode()
    assert standing(person) == {"active"}
    assert client.post(link, fields).status_code == 200
    assert standing(person) == {"unsubscribed"}
    assert LeftAllLetters.objects.filter(person=person).exists() is (fields.get("scope") == "all")
    # It is counted with the letter the link stood in.
    assert [row.pk for row in delivery.recipients.exclude(unsubscribed_at=None)] == [dropped.pk]


def test_a_link_that_names_no_letter_follows_from_entry_to_entry(client):
    subscription = SubscriptionFactory()
    token = unsubscribe_token(subscription.person_id, subscription.series_id)
    second = merge_people(PersonFactory(), subscription.person)
    third = merge_people(PersonFactory(), second)
    client.post(reverse("newsletters:unsubscribe", args=[token]), ONE_CLICK)
    assert standing(third) == {"unsubscribed"}


def test_whoever_was_merged_before_numbers_were_kept_is_found_by_the_letter(client):
    row = receiver(sent_delivery())
    SubscriptionFactory(person=row.person, series=row.delivery.series)
    link = leaving(row)
    person = merge_people(PersonFactory(), row.person)
    FormerNumber.objects.all().delete()
    client.post(link, ONE_CLICK)
    assert standing(person) == {"unsubscribed"}


def test_the_other_links_of_the_dropped_entry_open_the_kept_ones_pages(client):
    row = receiver(sent_delivery())
    SubscriptionFactory(person=row.person, series=row.delivery.series)
    preferences = reverse("newsletters:preferences", args=[preferences_token(row.person_id)])
    fewer = leaving(row, "fewer")
    person = merge_people(PersonFactory(), row.person)
    assert client.post(preferences, {"series": [row.delivery.series_id], "language": "nn"}).status_code == 200
    assert client.post(fewer, {"wish": "important"}).status_code == 200
    person.refresh_from_db()
    assert (person.language, wish_of(person), standing(person)) == ("nn", Wish.IMPORTANT, {"active"})


def test_a_mail_that_confirms_erasing_erases_nobody_once_its_address_is_a_further_one(client):
    drop = PersonFactory()
    mails.send_erasure_mail(drop)
    link = re.search(r"(/preferanser/slett/\S+)", mail.outbox[-1].body)[1]
    person = merge_people(PersonFactory(), drop)
    answer = client.post(link)
    assert answer.status_code == 410
    assert "Adressen din er endret" in answer.content.decode()
    assert Person.objects.get() == person


@pytest.mark.parametrize("withdrawn", [False, True])
def test_hits_on_a_letter_to_the_dropped_entry_are_the_kept_persons_if_the_yes_stands(withdrawn):
    row = receiver(sent_delivery(), consenting=True)
    person = merge_people(PersonFactory(), row.person)
    if withdrawn:
        withdraw_consent(person)
    click(row.delivery, of=row)
    assert TrackingEvent.objects.get().recipient_id == (None if withdrawn else row.pk)


def test_a_mail_that_leaves_or_complains_reaches_the_person_through_either_letter():
    kept, dropped = doubles(sent_delivery())
    person = merge_people(kept.person, dropped.person)
    dropped.refresh_from_db()
    left(dropped)
    assert standing(person) == {"unsubscribed"}
    complained(dropped)
    assert LeftAllLetters.objects.get().person == person


def test_no_wins_over_yes_when_two_entries_become_one():
    keep, drop = PersonFactory(), PersonFactory()
    mine = SubscriptionFactory(person=keep)
    unsubscribe(drop, mine.series)
    give_consent(keep)
    give_consent(drop)
    withdraw_consent(drop)
    merge_people(keep, drop)
    assert Subscription.objects.get().status == "unsubscribed"
    assert not MeasuringConsent.objects.filter(withdrawn_at=None).exists()


@pytest.mark.parametrize(
    ("kept_is", "dropped_is", "after"),
    [
        ("pending", "pending", ["pending", "skipped"]),
        ("pending", "sent", ["sent", "skipped"]),
        ("pending", "sending", ["sending", "skipped"]),
        ("sent", "pending", ["sent", "skipped"]),
        ("sending", "pending", ["sending", "skipped"]),
        ("pending", "bounced", ["bounced", "pending"]),
        ("failed", "bounced", ["bounced", "failed"]),
    ],
)
def test_of_a_letter_to_both_entries_one_copy_leaves_and_outcomes_stay(kept_is, dropped_is, after):
    delivery = make_running(2)
    kept, dropped = delivery.recipients.order_by("pk")
    Recipient.objects.filter(pk=kept.pk).update(status=kept_is)
    Recipient.objects.filter(pk=dropped.pk).update(status=dropped_is)
    person = merge_people(kept.person, dropped.person)
    assert statuses(delivery) == after
    assert delivery.recipients.get(person=person).email == kept.email
    kept.refresh_from_db()
    assert kept.smtp_reply == (MERGED_REPLY if kept.status == "skipped" else "")


@pytest.mark.parametrize(
    ("kept_is", "dropped_is", "after"),
    [
        ({"status": "bounced"}, "pending", ["bounced", "pending"]),
        ({"status": "failed"}, "pending", ["failed", "pending"]),
        ({"status": "failed"}, "sent", ["failed", "sent"]),
        ({"status": "skipped", "smtp_reply": SUPPRESSED_REPLY}, "pending", ["pending", "skipped"]),
    ],
)
def test_where_the_kept_entry_got_nothing_the_letter_to_the_other_is_the_persons(kept_is, dropped_is, after):
    delivery = make_running(2)
    kept, dropped = delivery.recipients.order_by("pk")
    Recipient.objects.filter(pk=kept.pk).update(**kept_is)
    Recipient.objects.filter(pk=dropped.pk).update(status=dropped_is)
    person = merge_people(kept.person, dropped.person)
    assert statuses(delivery) == after
    assert delivery.recipients.get(person=person).email == dropped.email
    assert MergedReceiver.objects.get().recipient_id == kept.pk


@pytest.mark.parametrize(
    "kept_is",
    [
        {"status": "failed", "is_uncertain": True},  # may have it
        {"status": "skipped", "smtp_reply": SKIPPED_REPLY},
        {"status": "skipped", "smtp_reply": MERGED_REPLY},
    ],
)
def test_where_the_kept_entry_may_have_it_or_wants_none_the_other_gets_none_either(kept_is):
    delivery = make_running(2)
    kept, dropped = delivery.recipients.order_by("pk")
    Recipient.objects.filter(pk=kept.pk).update(**kept_is)
    merge_people(kept.person, dropped.person)
    assert statuses(delivery) == sorted([kept_is["status"], "skipped"])


def test_a_letter_that_waits_for_a_stopped_address_goes_to_the_other_entrys(sink):
    delivery = make_running(2)
    kept, dropped = delivery.recipients.order_by("pk")
    SuppressedAddress.objects.create(hash=address_hash(kept.email), reason="hard_bounce")
    merge_people(kept.person, dropped.person)
    sending.send_delivery(delivery.pk)
    assert sink.receivers() == [dropped.email]


def test_two_entries_merged_while_the_letter_is_being_sent_get_it_once(sink):
    delivery = make_running(3)
    kept, dropped, other = delivery.recipients.order_by("pk")
    merge_people(kept.person, dropped.person)
    sending.send_delivery(delivery.pk)
    assert sorted(sink.receivers()) == sorted([kept.email, other.email])
    assert statuses(delivery) == ["sent", "sent", "skipped"]


def tables_naming(words: str) -> list[str]:
    """Return the tables with a row that has these words in any column."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', [f"%{words}%"])
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_erasing_the_person_leaves_nothing_of_either_entry_in_any_table(client):
    kept, dropped = doubles(sent_delivery())
    alone = receiver(sent_delivery(), email=dropped.email, first_name="Bortgjemt", smtp_reply="Hei Bortgjemt")
    fields = {"first_name": "Bortgjemt", "smtp_reply": f"250 <{dropped.email}>"}
    Recipient.objects.filter(pk=dropped.pk).update(**fields)
    Recipient.objects.filter(pk=alone.pk).update(person=dropped.person)
    Person.objects.filter(pk=dropped.person_id).update(first_name="", last_name="")
    log(instance=Person.objects.get(pk=dropped.person_id), action="directory.correct_address")
    link = leaving(dropped)
    person = merge_people(kept.person, dropped.person)
    assert (FormerNumber.objects.get().person, MergedReceiver.objects.get().person) == (person, person)
    erase_person(person)
    assert [tables_naming(words) for words in (dropped.email, kept.email, "Bortgjemt")] == [[], [], []]
    assert not FormerNumber.objects.exists()
    assert not MergedReceiver.objects.exists()
    assert Recipient.objects.filter(status="sent", person=None).count() == 3
    assert client.post(link, ONE_CLICK).status_code == 200
    assert "Det er ingenting å melde seg av" in client.get(link).content.decode()


def test_rows_left_by_earlier_merges_lose_name_and_address_and_are_not_mailed():
    from importlib import import_module

    delivery = make_running(1)
    row = delivery.recipients.get()
    Recipient.objects.update(person=None, smtp_reply="svar")
    with connection.cursor() as cursor:
        cursor.execute(
            import_module("newsletters.migrations.0013_rows_left_by_merges").FORGET.replace("%", "%%")
        )
    row.refresh_from_db()
    assert row.email == f"erased-{row.key.hex}@invalid.invalid"
    assert (row.first_name, row.smtp_reply, row.status) == ("", "", "skipped")
