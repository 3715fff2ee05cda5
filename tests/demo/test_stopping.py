"""Ctrl-C ends the demo at once, and lets whoever works finish."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30  # seconds
# A worker of its own: the portal's would need a database, and its tasks nothing to wait for.
APP = """
import time
from pathlib import Path
from celery import Celery

here = Path(__file__).parent
app = Celery("slowly", broker="filesystem://localhost")
app.conf.broker_transport_options = {
    "data_folder_in": str(here / "queue"),
    "data_folder_out": str(here / "queue"),
    "control_folder": str(here / "control"),
}
app.conf.task_ignore_result = True

@app.task(name="work")
def work():
    (here / "begun").touch()
    while not (here / "go").exists():
        time.sleep(0.05)
    (here / "done").touch()
"""


def swiftly(*arguments: str, **options) -> subprocess.Popen:
    """Start a module the way the demo does."""
    command = [sys.executable, "-m", "demo.services.swift", *arguments]
    return subprocess.Popen(command, cwd=ROOT, text=True, **options)


def wait_for(what: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def module(folder: Path, text: str) -> dict[str, str]:
    """Write a module; return the environment in which it is found."""
    (folder / "slowly.py").write_text(text)
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    ("ending", "code"), [("sys.exit(3)", 3), ("sys.exit('Stopped.')", 1), ("1 / 0", 1), ("", 0)]
)
def test_a_process_leaves_without_being_taken_down_piece_by_piece(tmp_path, ending, code):
    slow = (
        "import atexit, sys, time\n"
        "class Slow:\n    def __del__(self): time.sleep(600)\n"
        f"kept = Slow()\natexit.register(print, 'farewell')\n{ending}\n"
    )
    process = swiftly("slowly", env=module(tmp_path, slow), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (code, "farewell\n")
    assert ("Stopped." in errors, "ZeroDivisionError" in errors) == ("Stopped." in ending, "/" in ending)


@pytest.fixture
def worker(tmp_path) -> Iterator[subprocess.Popen]:
    """The demo's worker, ready, on a queue of files."""
    for folder in ("queue", "control"):
        (tmp_path / folder).mkdir()
    log = (tmp_path / "log").open("w")
    arguments = ["-A", "slowly", "worker", "--concurrency", "1", "--loglevel", "DEBUG"]
    alone = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
    process = swiftly(
        "demo.services.worker", *arguments, *alone, env=module(tmp_path, APP), stdout=log, stderr=log
    )
    wait_for(lambda: " ready." in (tmp_path / "log").read_text() or process.poll() is not None)
    yield process
    process.kill()
    process.wait()
    log.close()


def test_a_worker_with_nothing_at_hand_leaves_without_celerys_farewells(worker, tmp_path):
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    # Celery's own way out closes its parts one after another, and waits seconds for some.
    assert "Worker: Closing" not in (tmp_path / "log").read_text()


def test_a_worker_finishes_its_task_before_it_leaves(worker, tmp_path):
    send = "import slowly; slowly.app.send_task('work')"
    subprocess.run([sys.executable, "-c", send], env=module(tmp_path, APP), check=True)
    wait_for((tmp_path / "begun").exists)
    worker.send_signal(signal.SIGTERM)
    wait_for(lambda: "Warm shutdown" in (tmp_path / "log").read_text())
    assert worker.poll() is None
    (tmp_path / "go").touch()
    assert worker.wait(PATIENCE) == 0
    assert (tmp_path / "done").exists()
