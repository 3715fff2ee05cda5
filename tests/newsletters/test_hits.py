"""Hits wait a moment in the process and are written together; the rules hold at the moment of writing."""

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from newsletters import hits
from newsletters.consents import withdraw_consent
from newsletters.hits import HitBuffer
from newsletters.models import Delivery, TrackingEvent
from tests.newsletters.factories import give_consent
from tests.newsletters.sent import click, open_letter, reader, receiver, sent_delivery
from tests.outage.own_servers import wait_until
from tsb_portal.settings import base

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def waiting(site, settings, monkeypatch):
    """A buffer whose timer does not come within the test."""
    cache.clear()
    settings.LETTER_HITS_SECONDS = 600
    buffer = HitBuffer()
    monkeypatch.setattr("newsletters.views.tracking.buffer", buffer)
    yield buffer
    if buffer.timer:
        buffer.timer.cancel()


@pytest.fixture
def delivery():
    return sent_delivery()


def test_hits_are_written_together(delivery, waiting, monkeypatch):
    for place in range(5):
        click(delivery, client=reader(f"192.0.2.{place}"))
    assert not TrackingEvent.objects.exists()
    written = []
    monkeypatch.setattr(hits, "write", written.append)
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


def test_hits_wait_on_while_the_database_is_away(delivery, waiting, monkeypatch):
    def away(batch):
        raise OperationalError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(hits, "write", away)
        assert click(delivery)["Location"] == "https://example.no/1"
        waiting.flush()
    assert not TrackingEvent.objects.exists()
    waiting.flush()
    assert TrackingEvent.objects.count() == 1


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
    other.timer.cancel()
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
