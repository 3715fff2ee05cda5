"""Statistics that close at the schedule's word: each delivery on its own, each once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from newsletters import closing, standstill
from newsletters.models import Delivery
from newsletters.tasks_statistics import close_statistics
from tests.newsletters.factories import make_sender
from tests.newsletters.sent import sent_delivery
from tests.outage.own_servers import wait_until

pytestmark = pytest.mark.django_db


def due_delivery(hours_ago: float = 0.5) -> Delivery:
    """A delivery whose statistics should have closed so many hours ago."""
    delivery = sent_delivery()
    ended = timezone.now() - timedelta(days=closing.days_open(), hours=hours_ago)
    Delivery.objects.filter(pk=delivery.pk).update(started_at=ended, finished_at=ended)
    return delivery


def is_closed(delivery: Delivery) -> bool:
    return Delivery.objects.get(pk=delivery.pk).statistics_closed_at is not None


@pytest.fixture(autouse=True)
def _fresh(site):
    cache.clear()


def test_one_closing_that_fails_stops_neither_the_others_nor_the_reports(monkeypatch, mailoutbox, caplog):
    broken, other = due_delivery(), due_delivery()
    count = closing.refresh_totals

    def fail_for_the_first(delivery: Delivery):
        if delivery.pk == broken.pk:
            raise ValueError("a fault in the counting")
        return count(delivery)

    monkeypatch.setattr(closing, "refresh_totals", fail_for_the_first)
    assert close_statistics() == 1
    assert (is_closed(broken), is_closed(other)) == (False, True)
    assert len(mailoutbox) == 1
    assert f"delivery {broken.pk} could not be closed" in caplog.text
    monkeypatch.undo()
    assert close_statistics() == 1


def test_statistics_that_do_not_close_are_told_once_by_mail_and_to_monitoring(client, mailoutbox):
    make_sender()
    due_delivery(hours_ago=0.5)
    assert standstill.tell() == 0
    late = due_delivery(hours_ago=1.5)
    assert [standstill.tell(), standstill.tell()] == [1, 0]
    [message] = mailoutbox
    assert "skulle vært lukket nå" in message.body
    assert "Ingenting er tapt" not in message.body
    told = client.get("/healthz/ready").json()["letters"]["standing_still"]
    assert told == [{"delivery": late.pk, "cause": "not closed"}]
    close_statistics()
    assert standstill.standing_still() == []


# Among those who work on this database; locks on a transaction or a row name none themselves.
WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database WHERE d.datname = current_database()
)
"""


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_close_statistics_once():
    delivery = due_delivery()

    def close() -> bool:
        try:
            return closing.close_statistics(delivery.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        # Both have begun, and neither can write, before either may go on.
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=delivery.pk)
            workers = [pool.submit(close) for _worker in range(2)]
            wait_until(lambda: waiting_for_locks() == 2, "both wait")
        assert sorted(worker.result() for worker in workers) == [False, True]
