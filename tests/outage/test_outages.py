"""A running portal meets a lost Redis and a lost database, and recovers without a restart."""

import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
import redis as redis_client
from django.conf import settings

from core.forms.anonymous import SHORTEST_STAY
from core.models import ArticleIndexPage, FeedbackResponse, HomePage
from core.setup import set_up_site
from tests.conftest import SITE_NAME, restore_roots
from tests.core.factories import make_article
from tests.outage.door import Door

# `django_db`: without a test that asks for it there is no test database, and Django's would be the one that is given.
pytestmark = [pytest.mark.redis, pytest.mark.django_db]
ROOT = Path(__file__).resolve().parent.parent.parent
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


@dataclass
class RunningPortal:
    """A gunicorn of its own, whose ways to PostgreSQL and Redis lead through doors."""

    port: int
    database: Door
    redis: Door
    article: str
    article_id: int

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Send a request like a browser's; returns status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"User-Agent": BROWSER, "Host": "testserver"}
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers |= {"Origin": "http://testserver", "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def ask_until(self, path: str, status: int, tries: int = 60) -> str:
        """Ask again until the status comes: each try waits for the portal's own time-outs, none sleeps."""
        for _n in range(tries):
            got, text = self.ask(path)
            if got == status:
                return text
        raise AssertionError(f"{path} never answered {status}, last {got}: {text[:300]}")

    def ask_until_stored(self, path: str, tries: int = 400) -> None:
        """Ask until the page lies in Redis: after an outage the portal goes without it for a few seconds."""
        store = redis_client.Redis.from_url(settings.REDIS_URL)
        for key in store.keys("page:*"):
            store.delete(key)
        for _n in range(tries):
            self.ask(path)
            if store.keys("page:*"):
                return
        raise AssertionError(f"{path} was never stored")


def _through(url: str, door: Door, path: str | None = None) -> str:
    parts = urlsplit(url)
    user = (
        f"{parts.username or ''}{':' + parts.password if parts.password else ''}@" if parts.username else ""
    )
    return urlunsplit((parts.scheme, f"{user}127.0.0.1:{door.port}", path or parts.path, parts.query, ""))


def _door_to_database() -> tuple[Door, str]:
    database = settings.DATABASES["default"]
    host, port = str(database["HOST"]), int(database["PORT"] or 5432)
    # The embedded server listens on a Unix socket in the folder that stands as its host.
    door = Door(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))
    user = f"{database['USER']}{':' + database['PASSWORD'] if database['PASSWORD'] else ''}"
    return door, f"postgres://{user}@127.0.0.1:{door.port}/{database['NAME']}"


@pytest.fixture(scope="module")
def portal(django_db_setup, django_db_blocker) -> Iterator[RunningPortal]:
    """Start the portal on the test database, with committed content, and take the content away again."""
    redis = urlsplit(settings.REDIS_URL)
    redis_door = Door((redis.hostname or "127.0.0.1", redis.port or 6379))
    with django_db_blocker.unblock():
        if not HomePage.objects.exists():
            restore_roots()
            set_up_site(SITE_NAME, hostname="testserver")
        article = make_article(title="Overlever utfall", slug="overlever-utfall")
        database_door, database_url = _door_to_database()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = os.environ | {
            "DATABASE_URL": database_url,
            "REDIS_URL": _through(settings.REDIS_URL, redis_door),
            "SITE_URL": "http://testserver",
            "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.test",
            "VAR_DIR": tempfile.mkdtemp(prefix="portal-outage-"),
            "PORTAL_TEST_REDIS": "chosen",
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "tsb_portal.wsgi",
            "-b",
            f"127.0.0.1:{port}",
            "--threads",
            "2",
        ]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        running = RunningPortal(port, database_door, redis_door, article.url, article.pk)
        try:
            _wait_for(port)
            yield running
        finally:
            server.terminate()
            server.wait(20)
            redis_door.shut()
            database_door.shut()
            index = ArticleIndexPage.objects.get()
            index.get_children().filter(slug="overlever-utfall").first().delete()


def _wait_for(port: int) -> None:
    for _n in range(600):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=60).request("GET", "/healthz/live")
            return
        except ConnectionRefusedError:
            # A blocking wait on a socket that nobody answers: a tenth of a second, and no sleep in the test.
            with socket.socket() as quiet:
                quiet.bind(("127.0.0.1", 0))
                quiet.listen()
                quiet.settimeout(0.1)
                try:
                    quiet.accept()
                except TimeoutError:
                    continue
    raise AssertionError("gunicorn did not start")


def test_pages_are_built_without_redis_and_cached_again_when_it_is_back(portal):
    portal.redis.shut()
    try:
        status, text = portal.ask(portal.article)
        assert status == 200
        assert "Overlever utfall" in text
        assert portal.ask("/sok/?q=utfall")[0] == 200
        ready = portal.ask("/healthz/ready")
        assert ready[0] == 503
        assert "unreachable" in ready[1]
    finally:
        portal.redis.open()
    assert "Overlever utfall" in portal.ask_until(portal.article, 200)


def test_a_read_page_survives_the_database_and_the_rest_gets_a_plain_sentence(portal):
    portal.ask_until_stored(portal.article)
    portal.database.shut()
    try:
        status, text = portal.ask(portal.article)
        assert (status, "Overlever utfall" in text) == (200, True)
        status, text = portal.ask("/sok/?q=utfall")
        assert status == 503
        assert "<html" in text
        assert "Traceback" not in text
    finally:
        portal.database.open()
    assert "Overlever <mark>utfall</mark>" in portal.ask_until("/sok/?q=utfall", 200)


def test_a_form_sent_while_the_database_is_away_says_so_and_can_be_sent_again_once(portal, django_db_blocker):
    address = f"/tilbakemelding/{portal.article_id}/"
    page, opened = portal.ask_until(address, 200), time.monotonic()
    form = {"seal": re.search(r'name="seal" value="([^"]+)"', page)[1], "comment": "Sendt under utfall."}
    portal.database.shut()
    try:
        status, text = portal.ask(address, form)
        assert status == 503
        assert "Det du skrev, står der fortsatt" in text
    finally:
        portal.database.open()
    # A form that comes back faster than a person can write is taken for a robot's.
    while time.monotonic() - opened < SHORTEST_STAY + 1:
        portal.ask_until("/sok/?q=utfall", 200)
    for _n in range(2):
        portal.ask(address, form)
    with django_db_blocker.unblock():
        assert FeedbackResponse.objects.filter(comment="Sendt under utfall.").count() == 1
