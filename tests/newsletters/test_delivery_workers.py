"""Several workers and advisers at once, on a database that really commits."""

import threading
import time
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from newsletters import queue, sending, tasks
from newsletters.audience import Audience
from newsletters.models import Delivery
from newsletters.services import again, deliver
from tests.newsletters.factories import SubscriptionFactory, make_letter, make_running, make_sender, statuses

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_advisers_pressing_send_at_the_same_moment_make_one_delivery(site):
    letter = make_letter()
    SubscriptionFactory(series=letter.series)
    users = [make_sender(f"r{n}@tjenesten.example") for n in range(2)]
    barrier, errors = threading.Barrier(2), []

    def press(user):
        barrier.wait()
        try:
            deliver.order_delivery(letter, Audience.of_series(letter.series), user=user)
        except (ValidationError, IntegrityError) as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Delivery.objects.count() == 1
    assert [type(error) for error in errors] == [ValidationError]


def test_two_workers_on_one_delivery_send_everyone_exactly_one_copy(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 5
    delivery = make_running(60)
    sent = []

    def work():
        try:
            sent.append(sending.send_delivery(delivery.pk))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(sent) == 60
    assert all(sent)
    assert len(sink.received) == 60
    assert set(sink.copies().values()) == {1}
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.FINISHED


def test_a_worker_passes_over_rows_another_has_locked(site):
    delivery = make_running(4)
    with transaction.atomic():
        first = queue.claim(delivery.pk, 2)
        taken = []

        def claim():
            taken.extend(queue.claim(delivery.pk, 10).recipients)
            connection.close()

        other = threading.Thread(target=claim)
        other.start()
        other.join(timeout=10)
    assert len(taken) == 2
    assert not {row.pk for row in taken} & {row.pk for row in first.recipients}


def waits_for_a_lock() -> bool:
    """Whether another session of this database waits for a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND wait_event_type = 'Lock' AND pid <> pg_backend_pid())"
        )
        return cursor.fetchone()[0]


def test_a_delivery_that_is_sent_again_at_the_moment_it_ends_is_not_finished(site):
    delivery = make_running(1)
    delivery.recipients.update(status="failed")
    finished = []

    def finish():
        finished.append(queue.finish_if_done(delivery.pk))
        connection.close()

    other = threading.Thread(target=finish)
    with transaction.atomic():
        # A first worker has ended it, and a second one has looked and wants to.
        assert queue.finish_if_done(delivery.pk)
        other.start()
        give_up = time.monotonic() + 20
        while not waits_for_a_lock() and time.monotonic() < give_up:
            pass
        assert again.send_again(delivery, user=None) == 1
    other.join(timeout=20)
    assert finished == [False]
    delivery.refresh_from_db()
    assert (delivery.status, statuses(delivery)) == (Delivery.Status.SENDING, ["pending"])


def test_a_run_lets_other_work_in_after_a_while_and_asks_for_another(
    site, sink, settings, woken, monkeypatch
):
    settings.LETTER_BATCH_SIZE = 1
    delivery, clock = make_running(10), [0.0]

    def half_a_minute_goes_by(received):
        clock[0] += 30

    sink.on_message = half_a_minute_goes_by
    monkeypatch.setattr(sending, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    tasks.send_delivery(delivery.pk)
    # Sixty seconds: what was begun within them is done.
    assert len(sink.received) == 2
    assert woken == [delivery.pk]
    assert statuses(delivery) == ["pending"] * 8 + ["sent"] * 2


def test_outcomes_are_held_while_the_database_is_away(site, sink, monkeypatch):
    delivery, settle, calls = make_running(2), queue.settle, []

    def away_twice(*args):
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("gone")
        return settle(*args)

    monkeypatch.setattr("newsletters.sending.time.sleep", lambda seconds: None)
    monkeypatch.setattr("newsletters.queue.settle", away_twice)
    sending.send_delivery(delivery.pk)
    assert statuses(delivery) == ["sent", "sent"]
    assert set(sink.copies().values()) == {1}


def test_a_pause_stops_a_running_worker_after_its_batch(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 2
    delivery = make_running(6)

    def stop():
        Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.PAUSED)
        connection.close()

    def stop_from_elsewhere(received):
        adviser = threading.Thread(target=stop)
        adviser.start()
        adviser.join()

    sink.on_message = stop_from_elsewhere
    sending.send_delivery(delivery.pk)
    assert len(sink.received) == 2
    assert statuses(delivery) == ["pending"] * 4 + ["sent"] * 2


def test_a_delivery_has_room_for_so_many_workers(site):
    places = []

    def hold(number):
        with sending.sender_slot(7, 1) as free:
            places.append(free)
        connection.close()

    with sending.sender_slot(7, 1) as free:
        assert free
        other = threading.Thread(target=hold, args=[1])
        other.start()
        other.join()
    assert places == [False]
    hold(2)
    assert places == [False, True]
