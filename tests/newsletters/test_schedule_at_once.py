"""Two at the same moment, on a database that really commits: a start and a second sending happen once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone

from newsletters.audience import Audience
from newsletters.models import Delivery, Recipient
from newsletters.services import again, control, deliver
from tests.newsletters.factories import make_delivery, make_letter, make_running

pytestmark = pytest.mark.django_db(transaction=True)


class HeldOpen:
    """Lets a function's first caller stop on its way in, so that the second comes while the first is at it."""

    def __init__(self, function: Callable) -> None:
        self.function = function
        self.calls = 0
        self.entered, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *args, **options):
        self.calls += 1
        if self.calls == 1:
            self.entered.set()
            assert self.go_on.wait(timeout=30)
        return self.function(*args, **options)


class Caller(threading.Thread):
    """Calls a function with a connection of its own, and keeps what it returned or raised."""

    def __init__(self, function: Callable) -> None:
        super().__init__()
        self.function = function
        self.connected = threading.Event()
        self.backend = 0
        self.result: object = None

    def run(self) -> None:
        connection.ensure_connection()
        self.backend = connection.connection.info.backend_pid
        self.connected.set()
        try:
            self.result = self.function()
        except Exception as error:
            self.result = error
        finally:
            connection.close()

    def is_waiting_for_a_lock(self) -> bool:
        """Whether the database has it wait."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s", [self.backend]
            )
            row = cursor.fetchone()
        return bool(row and row[0])


def test_two_workers_that_start_a_delivery_at_once_start_it_once(site, woken, monkeypatch):
    delivery = make_delivery(
        subscribers=3,
        frozen=False,
        status=Delivery.Status.SCHEDULED,
        scheduled_for=timezone.now() - timedelta(minutes=1),
    )
    freeze = HeldOpen(deliver.freeze)
    monkeypatch.setattr(deliver, "freeze", freeze)
    first = Caller(lambda: deliver.start(delivery.pk))
    first.start()
    assert freeze.entered.wait(timeout=30)
    # The second passes it over at once; it neither waits for the first nor does its work over again.
    second = deliver.start(delivery.pk)
    freeze.go_on.set()
    first.join(timeout=30)
    assert (first.result, second, freeze.calls) == (True, False, 1)
    assert woken == [delivery.pk]
    assert delivery.recipients.count() == 3


def test_two_clicks_at_once_on_send_again_send_once(site, woken, monkeypatch):
    delivery = make_running(3)
    delivery.recipients.update(status=Recipient.Status.FAILED)
    Delivery.objects.update(status=Delivery.Status.FINISHED, finished_at=timezone.now())
    requeue = HeldOpen(again._requeue)
    monkeypatch.setattr(again, "_requeue", requeue)
    clicks = [Caller(lambda: again.send_again(delivery, user=None)) for _click in range(2)]
    clicks[0].start()
    assert requeue.entered.wait(timeout=30)
    clicks[1].start()
    assert clicks[1].connected.wait(timeout=30)
    while clicks[1].is_alive() and not clicks[1].is_waiting_for_a_lock():
        clicks[1].join(timeout=0.02)
    requeue.go_on.set()
    for click in clicks:
        click.join(timeout=30)
    assert [click.result for click in clicks] == [3, 0]
    assert requeue.calls == 1
    assert woken == [delivery.pk]


def test_two_presses_on_resume_set_nothing_going_that_cannot_begin(site, woken, monkeypatch):
    """The one's start fails, to nobody, between the other's two looks at the delivery."""
    delivery = make_delivery(frozen=False, status=Delivery.Status.PAUSED)
    start, move = HeldOpen(control.start_or_say_why), HeldOpen(control._move)
    monkeypatch.setattr(control, "start_or_say_why", start)
    monkeypatch.setattr(control, "_move", move)
    first, second = [Caller(lambda: control.resume(delivery, user=None)) for _press in range(2)]
    first.start()
    assert start.entered.wait(timeout=30)
    second.start()
    assert move.entered.wait(timeout=30)
    for press, held in ((first, start), (second, move)):
        held.go_on.set()
        press.join(timeout=30)
    assert (first.result, second.result) == (True, False)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.frozen_at) == (Delivery.Status.PAUSED, None)
    assert "Ingen" in delivery.status_reason
    assert woken == []


def test_only_a_second_delivery_is_called_being_sent_already(site, monkeypatch):
    letter = make_letter()
    running = make_running(1, letter=letter)

    def collide(*args):
        running.recipients.create(person=running.recipients.get().person, email="en@annen.example")

    monkeypatch.setattr(deliver, "begin", collide)
    other = make_letter(letter.series, slug="annet", number=4)
    audience = Audience.of_series(letter.series)
    with pytest.raises(IntegrityError, match="one_recipient_per_delivery_and_person"):
        deliver.order_delivery(other, audience, user=None)
    with pytest.raises(ValidationError, match="sendes allerede"):
        deliver.order_delivery(letter, audience, user=None)
