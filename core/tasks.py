"""Periodic jobs of the core."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from core.counters import write_waiting_views

BEAT_KEY = "scheduler-last-beat"


@shared_task
def beat_heartbeat() -> None:
    """Note that scheduler and worker are alive; the readiness endpoint reads it."""
    cache.set(BEAT_KEY, timezone.now().isoformat(), timeout=None)


@shared_task
def write_views() -> int:
    """Move waiting page views to their rows."""
    return write_waiting_views()
