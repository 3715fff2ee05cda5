"""The servers under measurement: the portal with and without its page cache, and the bare view."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
THREADS = 4
START_SECONDS = 180


class Server:
    """A gunicorn with two workers that is stopped at the end."""

    def __init__(self, application: str, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{self.port}"]
        command += [
            "--workers",
            str(WORKERS),
            "--threads",
            str(THREADS),
            "--log-level",
            "warning",
            "--no-control-socket",
        ]
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **environment}, stdout=file, stderr=subprocess.STDOUT
            )

    @property
    def address(self) -> str:
        """Where the server answers."""
        return f"http://localhost:{self.port}"

    def wait(self, path: str) -> None:
        """Wait until the server answers, and each worker has warmed up."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                for _ in range(10):
                    urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20).close()
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.3)
            else:
                return

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
