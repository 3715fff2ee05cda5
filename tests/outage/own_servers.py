"""A PostgreSQL, a Redis and Celery workers of a test's own, which it may stop and kill without harming others."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

from tsb_portal import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "letters"
# How long a server may take to start or stop, or a condition to come true, on a busy machine (seconds).
PATIENCE = 120


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Look again and again until the condition holds; AssertionError with `what` after so many seconds."""
    deadline, pause = monotonic() + seconds, Event()
    while not condition():
        assert monotonic() < deadline, f"after {seconds:.0f} s still not: {what}"
        pause.wait(0.05)


def database_url() -> str:
    """Return the address of the test database for a process of its own."""
    given = settings.DATABASES["default"]
    user = quote(given["USER"]) + (f":{quote(given['PASSWORD'])}" if given["PASSWORD"] else "")
    # The embedded server's host is the folder of its socket, which stands among the options.
    host = given["HOST"] or given.get("OPTIONS", {}).get("host", "")
    return f"postgres://{user}@/{given['NAME']}?host={quote(str(host))}&port={given['PORT'] or 5432}"


class OwnPostgres:
    """A PostgreSQL server with a copy of the test database, on a Unix socket in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = embedded.database_url(folder, DATABASE)
        # The demo's server gives the last half second away for speed; here nothing that is recorded may get lost.
        self._program(
            "psql", "-qXd", self.url, "-c", f"ALTER DATABASE {DATABASE} SET synchronous_commit = on"
        )
        dump = folder / "test.sql"
        source = f"--dbname={database_url()}"
        self._program("pg_dump", "--no-owner", "--no-privileges", f"--file={dump}", source)
        # A setting that only the other server knows is passed over; what is missing in earnest fails the test.
        self._program("psql", "-qX", "-d", self.url, "-f", str(dump))

    @staticmethod
    def _program(name: str, *arguments: str) -> None:
        command = [str(embedded.binaries() / name), *arguments]
        finished = subprocess.run(command, check=False, capture_output=True, text=True)
        assert finished.returncode == 0, f"{name}: {finished.stderr[-2000:]}"

    def restart(self) -> None:
        """Stop the server, which cuts every connection, and start it again."""
        embedded.release(self.folder)
        embedded.database_url(self.folder, DATABASE)

    def stop(self) -> None:
        """Stop the server and throw its data away."""
        embedded.release(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def as_django_database(self) -> Iterator[None]:
        """Let this process's Django talk to this server instead of the test database."""
        before = dict(connection.settings_dict)
        connection.close()
        host = str(embedded._socket_dir(self.folder / "pg"))
        own = {"NAME": DATABASE, "HOST": host, "PORT": embedded.PORT, "USER": embedded.SUPERUSER}
        connection.settings_dict.update(own, PASSWORD="")
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)


class OwnRedis:
    """A Redis server that keeps nothing on disk."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.process = subprocess.Popen([*command, "--appendonly", "no"], stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis answers")

    def stop(self) -> None:
        """Stop it; what it held is lost."""
        if self.process:
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False


class CeleryProcess:
    """`celery worker` or `celery beat` with its children, in a process group of its own."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self.arguments = name, arguments
        self.environment = os.environ | environment | {"PGAPPNAME": name}
        self.log = folder / f"{name}.log"
        self.starts = 0
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Start it; `wait_ready` waits for it."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until this start of the worker has said that it is ready."""
        wait_until(
            lambda: self.log.read_text().count(" ready.") >= self.starts, f"{self.name} is ready ({self.log})"
        )

    def holds_connection(self, port: int) -> bool:
        """Whether one of its processes has a TCP connection from this port."""
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(self.process.pid)]
            family += family[0].children(recursive=True)
            return any(one.laddr.port == port for process in family for one in process.net_connections("tcp"))
        return False

    def kill(self) -> None:
        """Kill all its processes at once (kill -9), as when a machine goes down, and wait until they are gone."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        psutil.wait_procs(family, PATIENCE)

    def stop(self) -> None:
        """End it for good."""
        if self.process and self.process.poll() is None:
            self.kill()


def new_folder() -> Path:
    """Return a folder whose path is short enough for a Unix socket, and that PostgreSQL's user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="letters-"))
    folder.chmod(0o711)
    return folder
