"""Who does not want a letter any more when a worker takes it up, whatever the frozen audience says."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from directory.services import erase_person
from newsletters import queue, sending
from newsletters.audience import Audience
from newsletters.bounces import outcomes
from newsletters.forgetting import SKIPPED_REPLY
from newsletters.models import (
    Delivery,
    FewerLetters,
    Recipient,
    Subscription,
    SuppressedAddress,
    address_hash,
)
from newsletters.services.again import send_again
from newsletters.services.freeze import freeze
from newsletters.subscriptions import unsubscribe, unsubscribe_from_all
from newsletters.wanted import SUPPRESSED_REPLY, look_at
from newsletters.wishes import PAUSED_REPLY, set_wish
from tests.newsletters.factories import (
    SubscriptionFactory,
    give_consent,
    make_delivery,
    make_letter,
    make_running,
    statuses,
)


@pytest.mark.django_db
def test_an_address_that_one_delivery_finds_dead_gets_no_letter_of_another(site, sink):
    first = make_running(2)
    gone = first.recipients.order_by("pk").first()
    second = make_running(0, letter=make_letter(first.series, slug="neste"))
    sink.refuse_receivers = {gone.email: "550 5.1.1 No such user"}
    sending.send_delivery(first.pk)
    sink.refuse_receivers = {}
    sending.send_delivery(second.pk)
    assert sink.receivers().count(gone.email) == 0
    row = second.recipients.get(person=gone.person)
    assert (row.status, row.smtp_reply, row.attempts) == ("skipped", SUPPRESSED_REPLY, 0)
    second.refresh_from_db()
    assert (statuses(second), second.status) == (["sent", "skipped"], Delivery.Status.FINISHED)


def leaves(recipient):
    unsubscribe(recipient.person, recipient.series)


def leaves_all(recipient):
    unsubscribe_from_all(recipient.person)


def pauses(recipient):
    set_wish(recipient.person, "pause")


def wants_important_ones(recipient):
    set_wish(recipient.person, "important")


def complains(recipient):
    letter = make_running(0, letter=make_letter(recipient.series, slug="forrige"))
    outcomes.complained(letter.recipients.get(person=recipient.person))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (leaves, SKIPPED_REPLY),
        (leaves_all, SKIPPED_REPLY),
        (complains, SKIPPED_REPLY),
        (pauses, PAUSED_REPLY),
        (wants_important_ones, PAUSED_REPLY),
    ],
)
def test_whoever_leaves_while_an_audience_is_being_frozen_gets_nothing(site, sink, act, reason):
    delivery = make_delivery(frozen=False, status=Delivery.Status.SENDING)
    leaving, _staying = [SubscriptionFactory(series=delivery.series) for _ in range(2)]

    def leave():
        act(leaving)
        connection.close()

    with transaction.atomic():
        assert freeze(delivery) == 2
        # Nothing of the audience can be seen from elsewhere yet.
        other = threading.Thread(target=leave)
        other.start()
        other.join(timeout=30)
        assert not other.is_alive()
    assert delivery.recipients.filter(status="pending").count() == 2
    sending.send_delivery(delivery.pk)
    assert leaving.person.email not in sink.receivers()
    assert len(sink.received) == 1
    row = delivery.recipients.get(person=leaving.person)
    assert (row.status, row.smtp_reply) == ("skipped", reason)


@pytest.mark.django_db
def test_whoever_is_erased_after_the_claim_is_not_mailed(site, sink):
    delivery = make_running(2)
    batch = queue.claim(delivery.pk, 2)
    erase_person(batch.recipients[0].person)
    with sending.Transport() as transport:
        queue.settle(batch, sending.Run(delivery, transport)._send_all(batch))
    assert sink.receivers() == [batch.recipients[1].email]
    row = delivery.recipients.get(pk=batch.recipients[0].pk)
    assert (row.status, row.smtp_reply) == ("skipped", "")


@pytest.mark.django_db
@pytest.mark.parametrize("number", [2, 20])
def test_a_batch_costs_as_many_queries_however_big_it_is(site, sink, django_assert_num_queries, number):
    delivery = make_running(number)
    give_consent(delivery.recipients.first().person)
    unsubscribe(delivery.recipients.last().person, delivery.series)
    Recipient.objects.update(status="pending")
    with sending.Transport() as transport:
        run = sending.Run(delivery, transport)
        # Claimed, looked at, settled, progress noted.
        with django_assert_num_queries(4):
            run.send_batch()
    assert statuses(delivery) == ["sent"] * (number - 1) + ["skipped"]


def who_may_get_it(delivery: Delivery, act, recipient: Recipient) -> list[set[int]]:
    """Whom an audience, a worker and a second sending let have the letter after `act`, by their rows' numbers."""
    person_of = dict(delivery.recipients.values_list("pk", "person"))
    act(Subscription.objects.get(person=recipient.person))
    people = set(Audience.from_dict(delivery.audience).people().values_list("pk", flat=True))
    unwanted = look_at(list(delivery.recipients.all())).unwanted
    delivery.recipients.update(status="failed")
    Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.FINISHED)
    send_again(delivery, user=None)
    return [
        {row for row, person in person_of.items() if person in people},
        {row for row in person_of if row not in unwanted},
        set(delivery.recipients.filter(status="pending").values_list("pk", flat=True)),
    ]


def is_suppressed(recipient):
    SuppressedAddress.objects.create(hash=address_hash(recipient.person.email), reason="hard_bounce")


def is_erased(recipient):
    erase_person(recipient.person)


def paused_until(days: int):
    until = timezone.localdate() + timedelta(days=days)
    return lambda recipient: FewerLetters.objects.create(person=recipient.person, paused_until=until)


@pytest.mark.django_db
@pytest.mark.parametrize("is_important", [False, True])
@pytest.mark.parametrize(
    "act", [leaves, leaves_all, is_suppressed, complains, pauses, is_erased, paused_until(0)]
)
def test_whoever_may_not_get_a_letter_is_kept_from_it_wherever_it_is_asked(site, woken, act, is_important):
    delivery = make_running(2, letter=make_letter(is_important=is_important))
    kept, stays = delivery.recipients.order_by("pk")
    assert who_may_get_it(delivery, act, kept) == [{stays.pk}] * 3


@pytest.mark.django_db
def test_whoever_wants_only_important_letters_is_kept_from_the_others_wherever_it_is_asked(site, woken):
    delivery = make_running(2)
    kept, stays = delivery.recipients.order_by("pk")
    assert who_may_get_it(delivery, wants_important_ones, kept) == [{stays.pk}] * 3


def leaves_another_series(recipient):
    SubscriptionFactory(person=recipient.person, status=Subscription.Status.UNSUBSCRIBED)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "is_important"),
    [(wants_important_ones, True), (paused_until(-1), False), (leaves_another_series, False)],
)
def test_nobody_else_is_kept_from_a_letter_wherever_it_is_asked(site, woken, act, is_important):
    delivery = make_running(2, letter=make_letter(is_important=is_important))
    first, second = delivery.recipients.order_by("pk")
    assert who_may_get_it(delivery, act, first) == [{first.pk, second.pk}] * 3
