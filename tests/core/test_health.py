"""Liveness and readiness: the world learns yes or no, who runs the portal learns what fails."""

from datetime import timedelta

import pytest
from celery.signals import beat_init
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.tasks import BEAT_KEY, beat_heartbeat
from tsb_portal.celery import app as celery_app

pytestmark = pytest.mark.django_db
TOKEN = "et-langt-ord-som-ingen-gjetter"


def test_liveness_touches_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get("/healthz/live").status_code == 200


def test_readiness_names_database_cache_broker_and_scheduler_to_the_machine_itself():
    beat_heartbeat()
    answer = Client().get("/healthz/ready")
    assert answer.status_code == 200, answer.content
    assert {"database", "cache", "broker", "scheduler"} <= set(answer.json())


def test_readiness_fails_when_the_scheduler_has_stopped():
    cache.set(BEAT_KEY, "2026-01-01T00:00:00+00:00", None)
    answer = Client().get("/healthz/ready")
    assert answer.status_code == 503
    assert "last beat" in answer.json()["scheduler"]


@pytest.mark.parametrize(
    "asker",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_VIA": "1.1 Caddy"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer "},
        {"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}x"},
    ],
)
@pytest.mark.parametrize("token", ["", TOKEN])
def test_strangers_learn_only_whether_it_is_ready(settings, asker, token):
    settings.HEALTH_TOKEN = token
    beat_heartbeat()
    ready = Client(**asker).get("/healthz/ready")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    cache.set(BEAT_KEY, "2026-01-01T00:00:00+00:00", None)
    failing = Client(**asker).get("/healthz/ready")
    assert (failing.status_code, failing.json()) == (503, {"status": "failing"})


def test_monitoring_elsewhere_reads_the_details_with_the_token(settings):
    settings.HEALTH_TOKEN = TOKEN
    asker = Client(REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="192.0.2.7")
    answer = asker.get("/healthz/ready", headers={"authorization": f"Bearer {TOKEN}"})
    assert "database" in answer.json()


def test_a_security_contact_that_expires_soon_is_told_and_does_not_take_the_portal_down(settings):
    beat_heartbeat()
    settings.SECURITY_TXT_EXPIRES = (timezone.localdate() + timedelta(days=12)).isoformat()
    answer = Client().get("/healthz/ready")
    assert (answer.status_code, answer.json()["security_txt"]) == (200, "expires in 12 days")
    settings.SECURITY_TXT_EXPIRES = ""
    assert Client().get("/healthz/ready").json()["security_txt"] == "ok"


def test_the_scheduler_beats_when_it_starts_so_that_nobody_waits_for_the_portal_to_be_ready(monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr(celery_app, "send_task", sent.append)
    beat_init.send(sender=None)
    assert sent == [beat_heartbeat.name]
