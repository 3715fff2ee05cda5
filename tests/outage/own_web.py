"""Web servers of a test's own, as the start script runs them, on the test database."""

import http.client
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.newsletters.sent import READER
from tests.newsletters.smtp_sink import free_port
from tests.outage.own_servers import PATIENCE, ROOT, database_url, new_folder, wait_until


class OwnWeb:
    """A gunicorn with a pool of connections; it answers once `running_webs` hands it out."""

    def __init__(self, folder: Path, workers: int, environment: dict[str, str]) -> None:
        self.port, self.log_file = free_port(), folder / "web.log"
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.outage.waiting_hits_settings",
            "DATABASE_URL": database_url(),
            "DATABASE_POOL": "true",
            "PORTAL_TEST_REDIS": "chosen",
            "VAR_DIR": str(folder),
        }
        command = [sys.executable, "-m", "gunicorn", "tsb_portal.wsgi", "-b", f"127.0.0.1:{self.port}"]
        command += [
            "--config",
            "python:tsb_portal.gunicorn_conf",
            "--workers",
            str(workers),
            "--threads",
            "4",
        ]
        command += ["--no-control-socket", "--log-level", "warning"]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | own | environment, stdout=log, stderr=log
            )

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return self.log_file.read_text(errors="replace")

    def ask(self, path: str, method: str = "GET", *, headers: dict[str, str] | None = None) -> int:
        """Return the status of an answer to an ordinary browser, 0 when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={"User-Agent": READER, **(headers or {})})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether it answers."""
        assert self.process.poll() is None, self.log
        return self.ask("/healthz/live") == 200

    def kill(self) -> None:
        """End it at once, unless it has ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)


@contextmanager
def running_webs(number: int = 1, *, workers: int = 1, **environment: str) -> Iterator[list[OwnWeb]]:
    """Start so many servers with so many processes each; they are killed when the block ends."""
    webs, folders = [], []
    try:
        for _n in range(number):
            folders.append(new_folder())
            webs.append(OwnWeb(folders[-1], workers, environment))
        for web in webs:
            wait_until(web.is_ready, "the web server answers")
        yield webs
    finally:
        for web in webs:
            with suppress(OSError):
                web.kill()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
