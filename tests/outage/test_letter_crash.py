"""Letters to 2,000 receivers while workers are killed, Redis stops and PostgreSQL restarts: nobody is missed.

Everything is real and the test's own: PostgreSQL, Redis, Celery workers with their scheduler, a mail server that keeps
what it gets. A worker is killed while the mail server holds its message in its hands, so that it is certain that the
worker had rows in `sending` and that the message's outcome was not recorded.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from directory.models import Person
from newsletters.models import Delivery, Recipient, Subscription
from newsletters.services import deliver
from tests.newsletters.factories import PersonFactory, make_delivery, make_letter
from tests.newsletters.smtp_sink import Received, SmtpSink, running_sink, smtp_address
from tests.outage.own_servers import CeleryProcess, OwnPostgres, OwnRedis, new_folder, wait_until

# `transaction`: without it everything would happen in one transaction on the test database, which is only copied here.
pytestmark = [pytest.mark.redis_server, pytest.mark.django_db(transaction=True)]

BATCH = 20
KILLS = 5
# Long enough for the mail server, which waits while a worker is killed, and for a restart of PostgreSQL on a busy
# machine: outcomes are held meanwhile, under the lease.
MESSAGE_SECONDS = 8
LEASE_SECONDS = 3 * MESSAGE_SECONDS


@dataclass
class Kill:
    """What a worker held when it was killed."""

    message_id: str
    # The Message-IDs of its rows in `sending`, and those of them the mail server had got.
    held: set[str]
    received: set[str]


@dataclass
class Site:
    """The portal's servers and workers, and the mail server they send to."""

    database: OwnPostgres
    redis: OwnRedis
    sink: SmtpSink
    workers: list[CeleryProcess] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    problems: list[BaseException] = field(default_factory=list)

    def kill_in_mid_send(self) -> None:
        """Kill the worker whose message comes next, before it gets its answer; then start it again."""
        wanted = len(self.kills) + 1
        self.sink.on_message = self._strike_from_elsewhere
        wait_until(lambda: self.problems or len(self.kills) == wanted, "a worker is killed while it sends")
        assert not self.problems, self.problems

    def _strike_from_elsewhere(self, received: Received) -> None:
        # In the mail server's loop, where Django lets nobody ask the database; the worker waits for its answer.
        self.sink.on_message = None
        thread = threading.Thread(target=self._strike, args=[received])
        thread.start()
        thread.join()

    def _strike(self, received: Received) -> None:
        try:
            worker = next(one for one in self.workers if one.holds_connection(received.peer_port))
            worker.kill()
            self.kills.append(self._held_with(received))
            worker.start()
        except BaseException as error:
            self.problems.append(error)
        finally:
            connection.close()

    def _held_with(self, received: Received) -> Kill:
        message_id = received.message_id
        lease = Recipient.objects.get(message_id=message_id, status="sending").lease_key
        held = set(
            Recipient.objects.filter(lease_key=lease, status="sending").values_list("message_id", flat=True)
        )
        return Kill(message_id, held, held & set(self.sink.copies()))

    def wait_for_more(self, number: int) -> None:
        """Wait until the mail server has got so many more messages."""
        wanted = len(self.sink.received) + number
        wait_until(lambda: len(self.sink.received) >= wanted, f"{number} more messages are sent")


@pytest.fixture
def portal(transactional_db) -> Iterator[Site]:
    """Start everything; Django in this process talks to the same PostgreSQL as the workers."""
    folder = new_folder()
    with running_sink() as sink:
        database, redis = OwnPostgres(folder), OwnRedis()
        running = Site(database, redis, sink)
        beat = None
        try:
            environment = _environment(running, folder)
            worker = ["-A", "tsb_portal", "worker", "--loglevel", "INFO", "--concurrency", "1"]
            running.workers = [
                CeleryProcess(name, [*worker, "-n", f"{name}@localhost"], environment, folder)
                for name in ("first", "second")
            ]
            schedule = ["--schedule", str(folder / "beat")]
            beat = CeleryProcess(
                "beat", ["-A", "tests.outage.quick_beat", "beat", *schedule], environment, folder
            )
            with database.as_django_database():
                yield running
        finally:
            for process in [*running.workers, beat]:
                if process:
                    process.stop()
            redis.stop()
            database.stop()


def _environment(site: Site, folder) -> dict[str, str]:
    return {
        "DATABASE_URL": site.database.url,
        "REDIS_URL": site.redis.url,
        "PORTAL_TEST_REDIS": "chosen",
        "EMAIL_URL": smtp_address(site.sink),
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.test",
        "VAR_DIR": str(folder / "var"),
        "LETTER_BATCH_SIZE": str(BATCH),
        "LETTER_MESSAGE_SECONDS": str(MESSAGE_SECONDS),
        "LETTER_LEASE_SECONDS": str(LEASE_SECONDS),
        "LETTER_SENDERS": "2",
    }


def start_delivery(receivers: int) -> Delivery:
    """Start a letter to so many subscribers, as the schedule does."""
    letter = make_letter()
    people = Person.objects.bulk_create(PersonFactory.build_batch(receivers))
    Subscription.objects.bulk_create(
        [Subscription(person=one, series=letter.series, status="active") for one in people]
    )
    delivery = make_delivery(letter, frozen=False, status=Delivery.Status.SCHEDULED)
    assert deliver.start(delivery.pk)
    return delivery


def is_finished(delivery: Delivery) -> bool:
    """Whether nothing is left to send. A database that restarts is asked again."""
    return Delivery.objects.get(pk=delivery.pk).status == Delivery.Status.FINISHED


def report(delivery: Delivery, **query: str) -> str:
    """Return what an operator reads in the delivery's report."""
    client = Client()
    client.force_login(User.objects.get_or_create(email="drift@tjenesten.example", is_superuser=True)[0])
    address = reverse("newsletters_admin:delivery", args=[delivery.pk])
    return client.get(f"{address}?{urlencode(query)}").content.decode()


def test_two_workers_send_one_letter_to_everyone_exactly_once(portal):
    for worker in portal.workers:
        worker.wait_ready()
    # Slow enough that the second worker comes while the first is at it.
    portal.sink.delay = 0.005
    delivery = start_delivery(400)
    wait_until(lambda: is_finished(delivery), "the letter is sent")
    assert len(portal.sink.received) == 400
    assert set(portal.sink.copies().values()) == {1}
    expected = set(delivery.recipients.values_list("email", flat=True))
    assert set(portal.sink.receivers()) == expected
    ports = {received.peer_port for received in portal.sink.received}
    assert len(ports) == 2, "both workers took part"


def test_nobody_is_missed_when_workers_are_killed_redis_stops_and_postgresql_restarts(portal, settings):
    settings.MFA_REQUIRED = False
    for worker in portal.workers:
        worker.wait_ready()
    # Bounds the rate, so that a quick machine does not finish before everything has happened.
    portal.sink.delay = 0.003
    delivery = start_delivery(2000)
    for _n in range(3):
        portal.wait_for_more(100)
        portal.kill_in_mid_send()
    portal.wait_for_more(50)
    portal.redis.stop()
    portal.wait_for_more(100)  # a running worker needs no broker
    portal.kill_in_mid_send()
    portal.redis.start()
    portal.wait_for_more(100)
    connection.close()
    portal.database.restart()
    for _n in range(KILLS - 4):
        portal.wait_for_more(100)
        portal.kill_in_mid_send()
    wait_until(lambda: is_finished(delivery), "the letter is sent")

    assert_everyone_has_it(portal, delivery)
    assert_copies_are_explained(portal, delivery)
    assert_the_report_says_which(portal, delivery)


def assert_everyone_has_it(portal: Site, delivery: Delivery) -> None:
    rows = list(delivery.recipients.values_list("email", "status", "message_id"))
    assert len(rows) == 2000
    assert {status for _email, status, _id in rows} == {"sent"}
    came = {(one.receiver, one.message_id) for one in portal.sink.received}
    # One Message-ID for each receiver, however many copies.
    assert came == {(email, message_id) for email, _status, message_id in rows}


def assert_copies_are_explained(portal: Site, delivery: Delivery) -> None:
    """Copies only of what a killed worker had handed over and not recorded: at most one batch for each kill."""
    assert len(portal.kills) == KILLS
    for kill in portal.kills:
        assert kill.message_id in kill.held, "the worker held the row of the message it was sending"
        assert 1 <= len(kill.held) <= BATCH
    copies = {message_id: number for message_id, number in portal.sink.copies().items() if number > 1}
    assert set(copies) == set().union(*(kill.received for kill in portal.kills))
    assert set(copies.values()) == {2}


def assert_the_report_says_which(portal: Site, delivery: Delivery) -> None:
    uncertain = delivery.recipients.filter(is_uncertain=True)
    assert set(uncertain.values_list("message_id", flat=True)) == set().union(
        *(kill.held for kill in portal.kills)
    )
    shown = report(delivery, status="uncertain") + report(delivery, status="uncertain", p="2")
    shown += report(delivery, status="uncertain", p="3")
    assert all(email in shown for email in uncertain.values_list("email", flat=True))
    assert "usikker" in shown
