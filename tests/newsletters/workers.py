"""Several workers at once, and workers that are killed, on a database that really commits."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from tests.newsletters.smtp_sink import SmtpSink, smtp_address
from tests.outage.own_servers import ROOT, database_url


def at_once(work: Callable[[], Any]) -> list:
    """Do a thing in two threads that begin together; return what came of it."""
    start = Barrier(2)

    def run() -> Any:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(run), pool.submit(run)]]


def kill_while_it_sends(sink: SmtpSink, task: str, **environment: str) -> int:
    """Let a worker of its own process do a task; kill it when the server has its mail, before the answer."""
    module, _, name = task.rpartition(".")
    work = f"import django; django.setup(); from {module} import {name}; {name}()"
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.test",
        "EMAIL_URL": smtp_address(sink),
        **environment,
    }
    worker = subprocess.Popen([sys.executable, "-c", work], cwd=ROOT, env=environment)
    sink.on_message = lambda received: worker.kill()
    try:
        return worker.wait(60)
    finally:
        worker.kill()
        sink.on_message = None
