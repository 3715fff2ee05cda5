"""`make demo`: start database, mail sink, web server and worker, say where to look, and stop them all together.

Usage: python -m demo.services.run   (PORT=8000 chooses the port)
"""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import types
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from demo.services import places, sink
from demo.services.processes import Child, stop_all

START_SECONDS = 90
WORKER_SECONDS = 20
SINK_PORTS = range(8025, 8075)
SWIFTLY = [sys.executable, "-m", "demo.services.swift"]
PREPARED_FROM = (
    "*/migrations/*.py",
    "demo/*.py",
    "demo/content/**/*",
    "demo/loading/**/*.py",
    "static/**/*",
    "*/static/**/*",
    "requirements/base.txt",
)


def main() -> None:
    """Run the demo until it is interrupted."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    port = _port()
    var = places.var()
    var.mkdir(parents=True, exist_ok=True)
    lock = _only_one(var)
    children: list[Child] = []
    mail = None
    try:
        environment, mail = _environment(port)
        _prepare(var, environment)
        children = _children(var, port, environment)
        print("Starting the web server and the worker …", flush=True)
        for child in children:
            child.start()
        _wait_until_it_answers(port, children)
        _wait_for_the_worker(port, children)
        _announce(port, time.monotonic() - started)
        _watch(children)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stop_all(children)
        if mail is not None:
            mail.stop()
        lock.close()


def _interrupt(signal_number: int, frame: types.FrameType | None) -> None:
    raise KeyboardInterrupt


def _port() -> int:
    """Read PORT and make sure that it is free."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    if not _is_free(int(text)):
        sys.exit(
            f"Something already listens on port {text}. Choose another one: make demo PORT={int(text) + 1}"
        )
    return int(text)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _only_one(var: Path) -> IO[str]:
    """Two demos in one checkout would share data and queue; the second says so."""
    lock = (var / "demo.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("The demo of this checkout is already running; stop it first (Ctrl-C where it runs).")
    return lock


def _environment(port: int) -> tuple[dict[str, str], sink.Controller | None]:
    """Return the children's environment; database and mail sink are started unless the caller has their own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.development",
        "PYTHONUNBUFFERED": "1",
    }
    environment.setdefault("SITE_URL", f"http://localhost:{port}")
    if not environment.get("DATABASE_URL"):
        from tsb_portal import embedded

        if not (places.var() / "pg").exists():
            print("Making an embedded PostgreSQL under var/, a few seconds …", flush=True)
        try:
            environment["DATABASE_URL"] = embedded.database_url(places.var())
        except embedded.EmbeddedDatabaseError as error:
            sys.exit(f"The embedded PostgreSQL could not be started. {error}")
    if environment.get("EMAIL_URL"):
        return environment, None
    sink_port = next(number for number in SINK_PORTS if _is_free(number))
    environment["EMAIL_URL"] = f"smtp://127.0.0.1:{sink_port}"
    returns = {
        "BOUNCE_DOMAIN": sink.RETURN_DOMAIN,
        "BOUNCE_MAILBOX": f"maildir:{places.returned()}",
        "BOUNCE_POLL_MINUTES": "1",
    }
    return {**returns, **environment}, sink.start(places.outbox(), sink_port, returned=places.returned())


def _prepare(var: Path, environment: dict[str, str]) -> None:
    """Bring database, demo content and static files up to date; skipped when nothing changed since the last start."""
    for folder in ("broker/queue", "broker/control", "media"):
        (var / folder).mkdir(parents=True, exist_ok=True)
    stamp, state = var / "prepared", _state(environment)
    if stamp.exists() and stamp.read_text() == state:
        return
    length = "this takes a few seconds" if stamp.exists() else "this takes one to two minutes the first time"
    print(f"Preparing the demo; {length}:", flush=True)
    command = [sys.executable, str(places.ROOT / "manage.py"), "prepare_demo"]
    if subprocess.run(command, env=environment, cwd=places.ROOT, check=False).returncode:
        sys.exit("The demo could not be prepared; the lines above say why. `make demo-reset` starts over.")
    stamp.write_text(state)


def _state(environment: dict[str, str]) -> str:
    """Return a hash of what the preparation depends on: database, address, migrations, demo content, static files."""
    total = hashlib.sha256(f"{environment['DATABASE_URL']} {environment['SITE_URL']}".encode())
    for pattern in PREPARED_FROM:
        for path in sorted(places.ROOT.glob(pattern)):
            # What the preparation itself writes is no reason to do it again.
            if path.is_file() and not path.is_relative_to(places.var()):
                status = path.stat()
                line = f"{path.relative_to(places.ROOT)} {status.st_size} {status.st_mtime_ns}\n"
                total.update(line.encode())
    return total.hexdigest()


def _children(var: Path, port: int, environment: dict[str, str]) -> list[Child]:
    os.chdir(places.ROOT)
    # Loaded once for both processes (--preload), which halves the wait.
    options = "--workers 2 --threads 4 --preload --timeout 60 --graceful-timeout 5 --no-control-socket"
    web = [
        *SWIFTLY,
        "gunicorn",
        "tsb_portal.wsgi",
        "--config",
        "python:tsb_portal.gunicorn_conf",
        "--bind",
        f"127.0.0.1:{port}",
        *options.split(),
    ]
    web += ["--access-logfile", "-"]
    # One process is enough for the demo, and the scheduler runs inside it.
    worker = [*SWIFTLY, "demo.services.worker", "-A", "tsb_portal", "worker", "-B", "--loglevel", "INFO"]
    worker += ["--schedule", str(var / "beat-schedule"), "--concurrency", "2"]
    # It is alone, so it need not look for others, which takes a second.
    worker += ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    return [
        Child("web server", web, environment, var / "web.log"),
        Child("worker", worker, environment, var / "worker.log"),
    ]


def _wait_until_it_answers(port: int, children: list[Child]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _check(children)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).close()
        except urllib.error.HTTPError as error:
            sys.exit(f"The front page answered {error.code}; see {places.var() / 'web.log'}.")
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The portal did not answer within {START_SECONDS} seconds; see {places.var() / 'web.log'}.")


def _wait_for_the_worker(port: int, children: list[Child]) -> None:
    """Wait until web, worker and scheduler work together; the site can be read without, so not for ever."""
    deadline = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < deadline:
        _check(children)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


def _announce(port: int, seconds: float) -> None:
    logins = (places.var() / "logins.txt").read_text()
    address = f"http://localhost:{port}"
    lines = [
        "",
        f"  The portal runs at   {address}/   (ready after {seconds:.0f} s)",
        f"  Editors log in at    {address}/admin/",
    ]
    if os.environ.get("EMAIL_URL"):
        lines.append("  Outgoing mail goes to EMAIL_URL.")
    else:
        lines.append(f"  Outgoing mail        {address}/dev/outbox/")
    lines += [
        "",
        *(f"  {line}".rstrip() for line in logins.splitlines()),
        "",
        f"  Logs: {places.var()}/web.log and worker.log. Stop with Ctrl-C.",
        "",
    ]
    print("\n".join(lines), flush=True)


def _watch(children: list[Child]) -> None:
    while True:
        _check(children)
        time.sleep(0.5)


def _check(children: list[Child]) -> None:
    """Stop everything, with a sentence, as soon as one of the processes has died."""
    for child in children:
        if not child.running:
            tail = "\n".join(child.log.read_text(errors="replace").splitlines()[-15:])
            sys.exit(f"The {child.name} stopped by itself. The end of {child.log}:\n{tail}")


if __name__ == "__main__":
    main()
