"""Hits wait a moment in the process and are written together; the rules hold at the moment of writing."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from directory.services import erase_person
from newsletters import hits
from newsletters.consents import withdraw_consent
from newsletters.hits import HitBuffer
from newsletters.models import Delivery, DeliveryStatistics, TrackingEvent
from tests.newsletters.factories import give_consent
from tests.newsletters.sent import click, open_letter, reader, receiver, sent_delivery
from tests.outage.own_servers import ROOT, wait_until
from tsb_portal.settings import base

pytestmark = pytest.mark.django_db

# A process that has a hit to write when it ends, after everything that could be told to has been closed.
ENDING = """
import logging, os
import django
django.setup()
from newsletters.hits import Hit, HitBuffer
HitBuffer().waiting.append(Hit("click", 1, 0.0, False))
for handler in logging.root.handlers:
    handler.setStream(open(os.devnull, "w"))
    handler.stream.close()
"""


@pytest.fixture(autouse=True)
def waiting(site, settings, monkeypatch):
    """A buffer whose timer does not come within the test."""
    cache.clear()
    settings.LETTER_HITS_SECONDS = 600
    buffer = HitBuffer()
    monkeypatch.setattr("newsletters.views.tracking.buffer", buffer)
    yield buffer
    forget(buffer)


@pytest.fixture
def delivery():
    return sent_delivery()


def forget(buffer: HitBuffer) -> None:
    """Let nothing be written when the tests end."""
    buffer.waiting.clear()
    if buffer.timer:
        buffer.timer.cancel()


@contextmanager
def away(monkeypatch, error=OperationalError):
    """The database takes no hits."""

    def refuse(batch):
        raise error("gone")

    with monkeypatch.context() as broken:
        broken.setattr(hits, "write", refuse)
        yield


@contextmanager
def refused_labels():
    """The database lets no event be changed, as when it is shut down at that moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'going down' USING ERRCODE = 'admin_shutdown'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refused BEFORE UPDATE ON newsletters_trackingevent "
            "FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse() CASCADE")


def in_thread(work) -> Thread:
    """Start something on a database connection of its own."""

    def work_and_hang_up():
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=work_and_hang_up)
    thread.start()
    return thread


def somebody_waits_for_a_row() -> bool:
    """Whether a connection waits for what another one holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks w WHERE NOT granted AND locktype IN ('transactionid', 'tuple') AND EXISTS ("
            "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE pid = w.pid AND datname = current_database())"
        )
        return cursor.fetchone()[0] > 0


def test_hits_are_written_together(delivery, waiting, monkeypatch):
    for place in range(5):
        click(delivery, client=reader(f"192.0.2.{place}"))
    assert not TrackingEvent.objects.exists()
    written = []
    monkeypatch.setattr(hits, "write", lambda batch: written.append(batch) or [])
    waiting.flush()
    assert [len(batch) for batch in written] == [5]
    waiting.flush()
    assert len(written) == 1


def test_a_real_portal_lets_hits_wait_a_second_at_most():
    assert 0 < base.LETTER_HITS_SECONDS <= 1


def test_a_hit_keeps_the_moment_it_came_at(delivery, waiting):
    before = timezone.now()
    click(delivery)
    after = timezone.now()
    waiting.flush()
    assert before <= TrackingEvent.objects.get().at <= after


def test_a_no_that_comes_while_the_hit_waits_counts(delivery, waiting):
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    open_letter(delivery, of=got)
    withdraw_consent(got.person)
    waiting.flush()
    assert list(TrackingEvent.objects.values_list("kind", "recipient")) == [("click", None)]


def test_a_yes_that_comes_while_the_hit_waits_does_not_reach_back(delivery, waiting):
    got = receiver(delivery)
    click(delivery, of=got)
    give_consent(got.person)
    waiting.flush()
    assert TrackingEvent.objects.get().recipient is None


def test_a_letter_that_is_closed_or_deleted_while_hits_wait_gets_none(delivery, waiting):
    gone = sent_delivery()
    click(delivery)
    click(gone)
    Delivery.objects.filter(pk=delivery.pk).update(statistics_closed_at=timezone.now())
    Delivery.objects.filter(pk=gone.pk).delete()
    waiting.flush()
    assert not TrackingEvent.objects.exists()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_hits_wait_on_while_the_database_is_away(delivery, waiting, monkeypatch, error):
    with away(monkeypatch, error):
        assert click(delivery)["Location"] == "https://example.no/1"
        waiting.flush()
    assert not TrackingEvent.objects.exists()
    waiting.flush()
    assert TrackingEvent.objects.count() == 1


def test_where_a_hit_came_from_is_forgotten_after_a_minute_but_not_what_it_was(
    delivery, waiting, monkeypatch, time_machine
):
    for number in (1, 2, 3):
        click(delivery, number)
    click(delivery, client=reader("192.0.2.77"))
    with away(monkeypatch):
        waiting.flush()
        assert all(hit.source for hit in waiting.waiting)
        time_machine.move_to(timezone.now() + timedelta(seconds=60))
        waiting.flush()
    assert len(waiting.waiting) == 4
    assert not any(hit.source for hit in waiting.waiting)
    waiting.flush()
    labels = TrackingEvent.objects.order_by("id").values_list("is_machine", flat=True)
    assert list(labels) == [True, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_hits_whose_burst_cannot_be_labelled_are_written_once(waiting):
    """The database takes the new hit and refuses to label the earlier ones, until it is mended."""
    delivery = sent_delivery()
    for number in (1, 2):
        click(delivery, number)
    waiting.flush()
    with refused_labels():
        click(delivery, 3)
        waiting.flush()
        assert TrackingEvent.objects.count() == 2
    waiting.flush()
    links = TrackingEvent.objects.order_by("id").values_list("link__number", "is_machine")
    assert list(links) == [(1, True), (2, True), (3, True)]


@pytest.mark.django_db(transaction=True)
def test_a_hit_found_to_be_a_machines_after_it_was_written_is_written_once_and_labelled_later(
    waiting, monkeypatch
):
    delivery = sent_delivery()
    click(delivery, 1)
    look = hits.bursts.judge

    def look_and_let_another_process_finish_the_burst(batch):
        judgement = look(batch)
        monkeypatch.setattr(hits.bursts, "judge", look)
        look([replace(batch[0], number=number) for number in (2, 3)])
        return judgement

    monkeypatch.setattr(hits.bursts, "judge", look_and_let_another_process_finish_the_burst)
    with refused_labels():
        waiting.flush()
        assert list(TrackingEvent.objects.values_list("is_machine", flat=True)) == [False]
    waiting.flush()
    assert list(TrackingEvent.objects.values_list("is_machine", flat=True)) == [True]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("say_no", [withdraw_consent, erase_person])
def test_a_hit_that_is_written_while_a_no_is_being_noted_waits_for_it(waiting, say_no):
    delivery = sent_delivery()
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    open_letter(delivery, of=got)
    with transaction.atomic():
        say_no(got.person)
        writing = in_thread(waiting.flush)
        wait_until(lambda: not writing.is_alive() or somebody_waits_for_a_row(), "the hits wait for the no")
    writing.join()
    assert list(TrackingEvent.objects.values_list("kind", "recipient")) == [("click", None)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("say_no", [withdraw_consent, erase_person])
def test_a_no_waits_for_hits_that_are_being_written_and_forgets_them(waiting, say_no):
    delivery = sent_delivery()
    got = receiver(delivery, consenting=True)
    click(delivery, of=got)
    open_letter(delivery, of=got)
    with transaction.atomic():
        waiting.flush()
        saying = in_thread(lambda: say_no(got.person))
        wait_until(lambda: not saying.is_alive() or somebody_waits_for_a_row(), "the no waits for the hits")
    saying.join()
    assert not TrackingEvent.objects.exists()
    assert DeliveryStatistics.objects.get().clicks == 1


def test_a_process_that_ends_without_a_database_or_a_log_ends_in_silence():
    ended = subprocess.run(
        [sys.executable, "-c", ENDING],
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_no_more_than_so_many_hits_wait(delivery, waiting, monkeypatch):
    monkeypatch.setattr(hits, "MOST_WAITING", 3)
    for number in (1, 2, 3, 4):
        click(delivery, number, client=reader(f"192.0.2.{number}"))
    waiting.flush()
    assert set(TrackingEvent.objects.values_list("link__number", flat=True)) == {2, 3, 4}


def test_a_burst_is_seen_across_processes_and_labels_what_was_written_before(delivery, waiting, monkeypatch):
    click(delivery, 1)
    waiting.flush()
    assert not TrackingEvent.objects.get().is_machine
    other = HitBuffer()
    monkeypatch.setattr("newsletters.views.tracking.buffer", other)
    click(delivery, 2)
    click(delivery, 3)
    click(delivery, 1, client=reader("192.0.2.77"))
    other.flush()
    forget(other)
    labels = TrackingEvent.objects.order_by("id").values_list("is_machine", flat=True)
    assert list(labels) == [True, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_nobody_has_to_ask_for_the_writing(settings, waiting):
    delivery = sent_delivery()
    settings.LETTER_HITS_SECONDS = 0.01
    click(delivery)
    wait_until(TrackingEvent.objects.exists, "the hit is written")


def test_the_short_way_is_as_safe_as_the_long_one(delivery):
    for response in (click(delivery), reader().get("/o/x.gif")):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert not response.cookies


def test_the_short_way_keeps_to_https(delivery, settings):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    address = f"/l/{delivery.key}/1"
    plain = Client().get(address)
    assert (plain.status_code, plain["Location"]) == (301, f"https://testserver{address}")
    assert TrackingEvent.objects.count() == 0
    safe = Client().get(address, secure=True)
    assert safe["Location"] == "https://example.no/1"
    assert safe["Strict-Transport-Security"].startswith("max-age=3600")


@pytest.mark.parametrize(
    "path", ["/l/x/1", "/l/11111111-1111-1111-1111-111111111111/x", "/o/a/b.gif", "/o/x.png"]
)
def test_what_is_no_link_of_a_letter_is_told_so_on_the_long_way(path):
    assert reader().get(path, follow=True).status_code == 404


def test_a_form_sent_to_a_link_is_refused_and_counts_nothing(delivery, waiting):
    assert reader().post(f"/l/{delivery.key}/1").status_code == 405
    waiting.flush()
    assert not TrackingEvent.objects.exists()
