"""Is the portal alive, and is it ready to serve? The world learns yes or no; who runs it learns what fails."""

import logging
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from core.signals import readiness_is_told
from core.tasks import BEAT_KEY

logger = logging.getLogger(__name__)

# The scheduler beats every 30 s; after this it is not running (seconds).
OLDEST_BEAT = 180
# Whatever passes a request on for somebody else adds at least one of these.
PASSED_ON = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"unreachable: {type(error).__name__}"
    return "ok"


def _cache() -> str:
    try:
        if settings.REDIS_URL:
            redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping()
        else:
            cache.get("healthz")
    except (redis.RedisError, DatabaseError) as error:
        return f"unreachable: {type(error).__name__}"
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except Exception as error:  # each transport raises its own kinds
        return f"unreachable: {type(error).__name__}"
    return "ok"


def _scheduler() -> str:
    try:
        beat = cache.get(BEAT_KEY)
    except (redis.RedisError, DatabaseError):
        beat = None
    if not beat:
        return "no beat seen"
    age = (timezone.now() - datetime.fromisoformat(beat)).total_seconds()
    return "ok" if age <= OLDEST_BEAT else f"last beat {round(age)} s ago"


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Answer while the process runs; touches nothing else."""
    return JsonResponse({"status": "ok"})


def may_see_details(request: HttpRequest) -> bool:
    """Whether the one who asks runs the portal: knows the token, or asks on this very machine and for nobody else."""
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    if settings.HEALTH_TOKEN and constant_time_compare(sent, settings.HEALTH_TOKEN):
        return True
    try:
        is_here = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket without addresses: a proxy stands there
        return False
    return is_here and not any(name in request.headers for name in PASSED_ON)


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, cache and broker are reached and the scheduler beats, else 503."""
    checks: dict[str, Any] = {
        "database": _database(),
        "cache": _cache(),
        "broker": _broker(),
        "scheduler": _scheduler(),
    }
    failing = {name: value for name, value in checks.items() if value != "ok"}
    if failing:
        logger.warning("The portal is not ready: %s", failing)
    answer = {"status": "failing" if failing else "ok"}
    if may_see_details(request):
        details: dict[str, Any] = {}
        # What an app cannot tell now, because the database is away, is left out.
        readiness_is_told.send_robust(sender=None, details=details)
        answer |= checks | details
    return JsonResponse(answer, status=503 if failing else 200)
