"""What becomes of each receiver: vanished workers, servers' answers, stopping, test letters."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from directory.services import erase_person
from newsletters import queue, sending
from newsletters.audience import Audience
from newsletters.forgetting import SKIPPED_REPLY
from newsletters.models import Delivery, Recipient, SuppressedAddress, address_hash
from newsletters.services import control, deliver, trial
from newsletters.smtp import without_addresses
from newsletters.subscriptions import unsubscribe
from newsletters.tasks import run_due_deliveries
from newsletters.wishes import PAUSED_REPLY, set_wish
from tests.newsletters.factories import let_leases_run_out, make_letter, make_running, make_sender, statuses
from tests.newsletters.smtp_sink import free_port

pytestmark = pytest.mark.django_db


def test_rows_of_a_vanished_worker_are_sent_once_more_with_the_same_message_id(site, sink):
    delivery = make_running(3)
    batch = queue.claim(delivery.pk, 3)
    run = sending.Run(delivery, sending.Transport())
    for recipient in batch.recipients[:2]:
        run._send_one(recipient, False, "Sun, 22 Nov 2026 03:00:00 +0100")
    run.transport.close()
    # The worker is killed here: two letters have left, and nothing is recorded.
    assert statuses(delivery) == ["sending"] * 3
    queue.recover_expired()
    assert statuses(delivery) == ["sending"] * 3
    let_leases_run_out()
    assert queue.recover_expired() == 3
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["sent"] * 3
    assert sorted(sink.copies().values()) == [1, 2, 2]
    assert delivery.recipients.filter(is_uncertain=True).count() == 3


def test_a_row_that_is_uncertain_twice_is_not_sent_a_third_time(site):
    delivery = make_running(1)
    for _ in range(2):
        assert queue.claim(delivery.pk, 1).recipients
        let_leases_run_out()
        queue.recover_expired()
    row = delivery.recipients.get()
    assert row.status == "failed"
    assert row.smtp_reply == queue.TWICE_UNCERTAIN


def test_uncertain_rows_come_last_and_one_by_one(site):
    delivery = make_running(4)
    queue.claim(delivery.pk, 2)
    let_leases_run_out()
    queue.recover_expired()
    assert [row.is_uncertain for row in queue.claim(delivery.pk, 10).recipients] == [False, False]
    assert [row.is_uncertain for row in queue.claim(delivery.pk, 10).recipients] == [True]


def test_an_outcome_that_comes_after_the_lease_ran_out_changes_nothing(site):
    delivery = make_running(1)
    batch = queue.claim(delivery.pk, 1)
    let_leases_run_out()
    queue.recover_expired()
    second = queue.claim(delivery.pk, 1)
    late = [queue.Settlement(batch.recipients[0], "failed")]
    assert queue.settle(batch, late) == 0
    assert queue.settle(second, [queue.Settlement(second.recipients[0], "sent", 250)]) == 1
    assert statuses(delivery) == ["sent"]


def test_a_worker_stops_before_its_lease_runs_out_and_gives_the_rest_back(site, sink, settings):
    settings.LETTER_MESSAGE_SECONDS, settings.LETTER_LEASE_SECONDS = 1, 3
    sink.delay = 0.3
    delivery = make_running(6)
    with sending.Transport() as transport:
        sending.Run(delivery, transport).send_batch()
    rows = delivery.recipients
    assert 0 < rows.filter(status="sent").count() < 6
    given_back = rows.filter(status="pending")
    assert set(given_back.values_list("attempts", "is_uncertain", "lease_key")) == {(0, False, None)}


def test_an_address_that_does_not_exist_is_bounced_and_never_tried_again(site, sink):
    delivery = make_running(2)
    gone = delivery.recipients.first()
    sink.refuse_receivers = {gone.email: "550 5.1.1 No such user"}
    sending.send_delivery(delivery.pk)
    gone.refresh_from_db()
    assert (gone.status, gone.smtp_code) == ("bounced", 550)
    assert SuppressedAddress.objects.get().hash == address_hash(gone.email)
    assert gone.person not in Audience.of_series(delivery.series).people()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.FINISHED


def test_a_refusal_for_now_is_tried_again_later(site, sink):
    delivery = make_running(1)
    sink.refuse_receivers = {"kari": "451 4.7.1 Greylisted"}
    sending.send_delivery(delivery.pk)
    row = delivery.recipients.get()
    assert (row.status, row.attempts, row.smtp_code) == ("pending", 1, 451)
    assert row.next_attempt_at > timezone.now() + timedelta(minutes=1)
    sink.refuse_receivers = {}
    sending.send_delivery(delivery.pk)
    assert not sink.received
    Recipient.objects.update(next_attempt_at=timezone.now())
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["sent"]


def test_a_refusal_for_now_becomes_a_failure_after_the_last_attempt(site, sink):
    delivery = make_running(1)
    sink.refuse_receivers = {"kari": "452 4.2.2 Mailbox full"}
    Recipient.objects.update(attempts=len(queue.BACK_OFF))
    sending.send_delivery(delivery.pk)
    row = delivery.recipients.get()
    assert (row.status, row.smtp_code) == ("failed", 452)
    assert not SuppressedAddress.objects.exists()


def test_refusals_of_the_letter_itself_pause_the_delivery_and_suppress_nobody(site, sink):
    delivery = make_running(20)
    sink.refuse_content = "554 5.7.1 Looks like spam"
    sending.send_delivery(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.PAUSED
    assert "Looks like spam" in delivery.status_reason
    assert statuses(delivery) == ["failed"] * sending.POLICY_LIMIT + ["pending"] * 15
    assert not SuppressedAddress.objects.exists()


def test_no_mail_server_leaves_everything_waiting(site, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    delivery = make_running(3)
    assert sending.send_delivery(delivery.pk) == 0
    assert set(delivery.recipients.values_list("status", "attempts")) == {("pending", 0)}
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.SENDING


def test_a_connection_lost_at_the_end_of_a_letter_makes_that_one_uncertain(site, sink):
    delivery = make_running(3)
    sink.drop_after_keeping = {2}
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["pending", "sent", "sent"]
    Recipient.objects.update(next_attempt_at=timezone.now())
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["sent"] * 3
    assert sorted(sink.copies().values()) == [1, 1, 2]


def test_a_letter_broken_off_on_its_way_is_sent_once_more_and_arrives_once(site, sink):
    sink.drop_in_content = {2}
    delivery = make_running(3)
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["pending", "sent", "sent"]
    delivery.recipients.filter(status="pending").update(next_attempt_at=timezone.now())
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["sent"] * 3
    assert set(sink.copies().values()) == {1}
    assert delivery.recipients.filter(is_uncertain=True).count() == 1


def test_an_address_smtp_cannot_carry_fails_alone(site, sink):
    delivery = make_running(2)
    Recipient.objects.filter(pk=delivery.recipients.first().pk).update(email="åse@helse.example")
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["failed", "sent"]


def test_a_paused_delivery_goes_on_with_those_who_have_not_got_it(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 2
    user, delivery = make_sender(), make_running(6)
    with sending.Transport() as transport:
        sending.Run(delivery, transport).send_batch()
    assert control.pause(delivery, user=user)
    assert sending.send_delivery(delivery.pk) == 0
    assert control.resume(delivery, user=user)
    assert sending.send_delivery(delivery.pk) == 4
    assert set(sink.copies().values()) == {1}
    assert not control.resume(delivery, user=user)


def test_a_cancelled_delivery_skips_the_rest_and_frees_the_letter(site, sink):
    user, delivery = make_sender(), make_running(3)
    held = queue.claim(delivery.pk, 1)
    assert control.cancel(delivery, user=user)
    assert statuses(delivery) == ["sending", "skipped", "skipped"]
    queue.settle(held, [sending.released(held.recipients[0])])
    run_due_deliveries()
    assert statuses(delivery) == ["skipped"] * 3
    again = deliver.order_delivery(delivery.letter, Audience.of_series(delivery.series), user=user)
    assert again.status == Delivery.Status.SENDING


def test_the_round_wakes_workers_only_where_something_waits(site, sink, woken, settings):
    settings.LETTER_SENDERS = 2
    delivery = make_running(1)
    run_due_deliveries()
    assert woken == [delivery.pk, delivery.pk]
    woken.clear()
    queue.claim(delivery.pk, 1)
    run_due_deliveries()
    assert woken == []


def test_a_test_letter_goes_the_same_way_and_leaves_no_trace(site, sink):
    letter = make_letter()
    replies = trial.send_test(letter, ["meg@tjenesten.example"])
    assert replies["meg@tjenesten.example"].code == 250
    received = sink.received[0]
    assert received.message["Subject"].startswith("[Test] ")
    assert "https://example.no/rapport?a=1&amp;b=2" in received.part("html")
    assert "{{slot" not in received.part("html") + received.part("plain")
    assert not Delivery.objects.exists()


def test_test_addresses_are_read_as_people_write_them():
    assert trial.read_addresses("a@x.no, b@x.no;c@x.no\na@x.no") == ["a@x.no", "b@x.no", "c@x.no"]
    for wrong in ("", "ikke en adresse", " ".join(f"a{n}@x.no" for n in range(21))):
        with pytest.raises(ValidationError):
            trial.read_addresses(wrong)


def test_what_outlives_the_receiver_names_no_address():
    said = without_addresses(
        "550 5.7.1 <kari.nes@sykehus.example>: refused for Kari@Sykehus.example, see a@b"
    )
    assert "@" not in said
    assert said.startswith("550 5.7.1 <…>: refused")


def test_whoever_leaves_while_a_worker_holds_the_letter_is_not_tried_again(site, sink):
    delivery = make_running(1)
    person = delivery.recipients.get().person
    sink.refuse_receivers = {"kari": "451 4.7.1 Greylisted"}
    batch = queue.claim(delivery.pk, 1)
    unsubscribe(person, delivery.series)
    run = sending.Run(delivery, sending.Transport())
    queue.settle(batch, run._send_all(batch))
    run.transport.close()
    row = delivery.recipients.get()
    assert (row.status, row.smtp_reply) == ("skipped", SKIPPED_REPLY)
    sink.refuse_receivers = {}
    Recipient.objects.update(next_attempt_at=timezone.now())
    sending.send_delivery(delivery.pk)
    assert not sink.received
    assert queue.finish_if_done(delivery.pk) or not Delivery.objects.running().exists()


@pytest.mark.parametrize(
    ("wish", "is_important", "status"),
    [
        ("pause", False, "skipped"),
        ("pause", True, "skipped"),
        ("important", False, "skipped"),
        ("important", True, "pending"),
        ("all", False, "pending"),
    ],
)
@pytest.mark.parametrize("is_vanished", [False, True], ids=["given back", "worker vanished"])
def test_a_wish_for_fewer_letters_counts_for_rows_that_go_back_to_the_queue(
    site, wish, is_important, status, is_vanished
):
    delivery = make_running(2, letter=make_letter(is_important=is_important))
    batch = queue.claim(delivery.pk, 2)
    wishing, other = batch.recipients
    set_wish(wishing.person, wish)
    if is_vanished:
        let_leases_run_out()
        assert queue.recover_expired() == 2
    else:
        assert queue.settle(batch, [sending.released(row) for row in batch.recipients]) == 2
    wishing.refresh_from_db()
    other.refresh_from_db()
    assert (wishing.status, wishing.smtp_reply) == (status, PAUSED_REPLY if status == "skipped" else "")
    assert (other.status, wishing.lease_key, other.lease_key) == ("pending", None, None)


def test_who_left_is_not_mailed_again_when_the_worker_vanished_and_other_series_go_on(site):
    delivery, elsewhere = make_running(1), make_running(1, letter=make_letter(slug="annet"))
    for running in (delivery, elsewhere):
        queue.claim(running.pk, 1)
    unsubscribe(delivery.recipients.get().person, delivery.series)
    unsubscribe(elsewhere.recipients.get().person, delivery.series)
    let_leases_run_out()
    assert queue.recover_expired() == 2
    assert (statuses(delivery), statuses(elsewhere)) == (["skipped"], ["pending"])


@pytest.mark.parametrize(
    ("outcome", "status"), [("sent", "sent"), ("failed", "failed"), ("pending", "skipped")]
)
def test_whoever_is_erased_while_a_worker_holds_the_letter_leaves_no_answer_behind(site, outcome, status):
    delivery = make_running(1)
    batch = queue.claim(delivery.pk, 1)
    erase_person(delivery.recipients.get().person)
    said = queue.Settlement(batch.recipients[0], outcome, 451, "<kari@helse.example> is not here")
    assert queue.settle(batch, [said]) == 1
    row = delivery.recipients.get()
    assert (row.status, row.smtp_reply) == (status, "")


def test_whoever_is_erased_before_the_worker_vanished_is_not_mailed(site):
    delivery = make_running(1)
    queue.claim(delivery.pk, 1)
    erase_person(delivery.recipients.get().person)
    let_leases_run_out()
    assert queue.recover_expired() == 1
    assert statuses(delivery) == ["skipped"]


def test_a_batch_is_settled_in_one_statement(site, django_assert_num_queries):
    delivery = make_running(4)
    batch = queue.claim(delivery.pk, 4)
    ends = ["sent", "failed", "pending", "pending"]
    said = [queue.Settlement(row, end, 250) for row, end in zip(batch.recipients, ends, strict=True)]
    with django_assert_num_queries(1):
        queue.settle(batch, said)
    assert statuses(delivery) == sorted(ends)
