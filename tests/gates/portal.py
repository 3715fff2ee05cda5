"""The portal as its visitors meet it: an own database with the demo site, a mail sink, gunicorn, a worker on demand.

Tests of other folders share one transaction with the code they test. These do not: they speak HTTP to a server that
runs the demo's settings, so that middleware, compressed static files and the page cache are the real ones.
"""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg

from demo.services import sink

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90
# What the prepared database depends on; `--reuse-db` takes the one of the last run while these stay the same.
PREPARED_FROM = ("*/migrations/*.py", "demo/content/**/*", "demo/loading/**/*.py", "core/setup.py")


@dataclass(frozen=True)
class Answer:
    """What the portal answered: redirects are not followed."""

    status: int
    headers: Message
    text: str


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


class Portal:
    """A running portal; `start()` and `stop()` frame its life."""

    def __init__(self, database_url: str, var: Path) -> None:
        name = f"{urlsplit(database_url).path.strip('/')}_gates"
        self.maintenance_url = urlsplit(database_url)._replace(path="/postgres").geturl()
        self.database, self.var = name, var
        self.port, self.mail_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "DATABASE_URL": urlsplit(database_url)._replace(path=f"/{name}").geturl(),
            "REDIS_URL": "",  # tables and files instead: the other tests' Redis holds nothing of this portal
            "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.development",
            "VAR_DIR": str(var),
            "MEDIA_ROOT": str(var / "media"),
            "STATIC_ROOT": str(var / "static"),
            "SITE_URL": self.address,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "LOG_LEVEL": "WARNING",
            "SECURITY_TXT_EXPIRES": "",
            "SECRET_KEY": "",
        }
        self.answers: dict[str, Answer] = {}
        self.processes: list[subprocess.Popen] = []
        self.mail: sink.Controller | None = None

    @property
    def address(self) -> str:
        """Where the portal answers, without a slash at the end."""
        return f"http://localhost:{self.port}"

    @property
    def outbox(self) -> Path:
        """The folder that holds each mail it has sent, one file a mail."""
        return self.var / "outbox"

    def start(self, *, reuse: bool) -> None:
        """Prepare the database unless it may be reused, then start the mail sink and the web server."""
        for folder in ("media", "broker/queue", "broker/control"):
            (self.var / folder).mkdir(parents=True, exist_ok=True)
        state = self._state()
        if not (reuse and self._stored_state() == state):
            self._create_database()
            self.manage("prepare_demo", "-v0")
            self._store_state(state)
            (self.var / "collected").write_text(self._static_state())
        else:
            self._collect_static()
        self.mail = sink.start(self.outbox, self.mail_port)
        self.spawn("web", "-m", "gunicorn", "tsb_portal.wsgi", "--bind", f"127.0.0.1:{self.port}",
                   "--threads", "8", "--timeout", "120", "--no-control-socket")  # fmt: skip
        self._wait_until_it_answers()

    def stop(self, *, keep: bool) -> None:
        """Stop everything; drop the database unless the next run may want it."""
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self.mail is not None:
            self.mail.stop()
        if not keep:
            self._execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    def get(self, path: str, **headers: str) -> Answer:
        """Ask as a browser without cookies; an address already asked for without headers is not asked again."""
        if path in self.answers and not headers:
            return self.answers[path]
        answer = self._ask(path, None, headers)
        if not headers:
            self.answers[path] = answer
        return answer

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form as a browser without cookies does from the form's own page."""
        return self._ask(path, urlencode(fields).encode(), {"Origin": self.address})

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        headers = {"User-Agent": "Mozilla/5.0 (gates)", **headers}
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        try:
            with _opener.open(request, timeout=60) as response:
                return Answer(response.status, response.headers, response.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode("utf-8", "replace"))

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it wrote."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str, **environment: str) -> str:
        """Run Python in the portal's environment and return what it wrote; a failure carries its last words."""
        finished = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, f"{' '.join(arguments)} failed:\n{finished.stderr[-3000:]}"
        return finished.stdout

    def spawn(self, name: str, *arguments: str) -> subprocess.Popen:
        """Start Python in the portal's environment; it is stopped with the portal."""
        with (self.var / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def inspect(self) -> dict:
        """Return what `tests.gates.inspect_site` tells of the site: page types, addresses, queries."""
        return json.loads(
            self.run("-m", "tests.gates.inspect_site", DJANGO_SETTINGS_MODULE="tests.gates.settings")
        )

    def log(self, name: str = "web") -> str:
        """Return the end of a process's log."""
        return (self.var / f"{name}.log").read_text(errors="replace")[-4000:]

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.processes[0].poll() is None:
            try:
                urllib.request.urlopen(f"{self.address}/", timeout=30).close()
                return
            except urllib.error.HTTPError as error:
                raise AssertionError(f"The front page answered {error.code}.\n{self.log()}") from error
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"The portal did not answer.\n{self.log()}")

    def execute(self, statement: str, *values: object) -> list[tuple]:
        """Read or change the portal's data behind its back, for what a page does not show or a test cannot wait for."""
        with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def _execute(self, statement: str) -> list:
        """Run a statement beside the portal's database, which it may create or drop."""
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def _create_database(self) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')
        self._execute(f'CREATE DATABASE "{self.database}"')

    def _collect_static(self) -> None:
        """Compressing every file takes long, so what is collected already is left while the sources stay."""
        stamp = self.var / "collected"
        if not stamp.exists() or stamp.read_text() != self._static_state():
            self.manage("collectstatic", "--noinput", "-v0")
            stamp.write_text(self._static_state())

    def _static_state(self) -> str:
        sources = [
            *(ROOT / "static").rglob("*.*"),
            *ROOT.glob("*/static/**/*.*"),
            *ROOT.glob("*/settings/*.py"),
        ]
        return digest(sources)

    def _stored_state(self) -> str:
        rows = self._execute(
            f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{self.database}'"
        )
        return rows[0][0] if rows else ""

    def _store_state(self, state: str) -> None:
        self._execute(f"COMMENT ON DATABASE \"{self.database}\" IS '{state}'")

    def _state(self) -> str:
        return digest(path for pattern in PREPARED_FROM for path in ROOT.glob(pattern))


def digest(paths: Iterable[Path]) -> str:
    """Return one hash of the names and contents of files."""
    total = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
