"""Hits on letters in real web servers: none is lost when one is stopped, and a burst over several of them is seen."""

import os
import signal

import pytest

from newsletters.models import TrackingEvent
from newsletters.tokens import preferences_token
from tests.newsletters.factories import PersonFactory
from tests.newsletters.sent import sent_delivery
from tests.newsletters.smtp_sink import free_port
from tests.outage.own_servers import wait_until
from tests.outage.own_web import running_webs

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]
CLICKS = 25


def test_a_web_server_that_is_stopped_writes_the_hits_that_wait(site):
    with running_webs(workers=2) as (web,):
        delivery = sent_delivery()
        for _n in range(CLICKS):
            assert web.ask(f"/l/{delivery.key}/1") == 302
        assert TrackingEvent.objects.count() < CLICKS
        web.process.send_signal(signal.SIGTERM)
        web.process.wait(60)
        assert TrackingEvent.objects.count() == CLICKS


@pytest.mark.parametrize("redis_url", [os.environ.get("REDIS_URL", ""), ""], ids=["redis", "table"])
def test_a_scanner_whose_links_are_shared_among_web_servers_is_seen(site, redis_url):
    """No server is asked for as many links as a burst has, and the trap is left alone."""
    delivery = sent_delivery()
    paths = [f"/l/{delivery.key}/{number}" for number in (1, 2, 3, 4)]
    with running_webs(2, REDIS_URL=redis_url, TEST_HITS_SECONDS="0.3") as webs:
        for path, web in zip(paths, [*webs, *webs], strict=True):
            assert web.ask(path) == 302
        machines = TrackingEvent.objects.filter(is_machine=True)
        wait_until(lambda: machines.count() == len(paths), "every click is labelled")
        assert TrackingEvent.objects.count() == len(paths)


def test_the_log_of_failing_requests_does_not_hold_their_tokens(site):
    token = preferences_token(PersonFactory().pk)
    away = f"postgres://nobody@127.0.0.1:{free_port()}/none"
    with running_webs(DATABASE_URL=away, DATABASE_POOL="false") as (web,):
        assert web.ask(f"/preferanser/{token}/slett", "POST") == 503
        assert web.ask(f"/preferanser/{token}") == 503
        assert web.ask(f"/avmeld/{token}/mer") in (404, 503)
        wait_until(lambda: web.log.count("/***") >= 3, "the failures are logged", 30)
        assert "/preferanser/***" in web.log
        assert "Traceback" in web.log
        assert token not in web.log
