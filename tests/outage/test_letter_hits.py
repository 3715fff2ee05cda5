"""What readers clicked is counted although the web server is stopped the moment after."""

import http.client
import os
import shutil
import signal
import subprocess
import sys

import pytest

from newsletters.models import TrackingEvent
from tests.newsletters.sent import READER, sent_delivery
from tests.newsletters.smtp_sink import free_port
from tests.outage.own_servers import ROOT, database_url, new_folder, wait_until

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]
CLICKS = 25


@pytest.fixture
def server():
    """A gunicorn as the start script runs it, with two processes and a pool of connections."""
    port, folder = free_port(), new_folder()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.outage.waiting_hits_settings",
        "DATABASE_URL": database_url(),
        "DATABASE_POOL": "true",
        "PORTAL_TEST_REDIS": "chosen",
        "VAR_DIR": str(folder),
    }
    command = [sys.executable, "-m", "gunicorn", "tsb_portal.wsgi", "-b", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    wait_until(lambda: ask(port, "/healthz/live") == 200, "gunicorn answers")
    yield process, port
    if process.poll() is None:
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, path: str) -> int:
    """Return the status of an answer, 0 when there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"User-Agent": READER})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_a_web_server_that_is_stopped_writes_the_hits_that_wait(site, server):
    process, port = server
    delivery = sent_delivery()
    for _n in range(CLICKS):
        assert ask(port, f"/l/{delivery.key}/1") == 302
    assert TrackingEvent.objects.count() < CLICKS
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert TrackingEvent.objects.count() == CLICKS
