"""The embedded PostgreSQL starts, is joined, outlives stale files and stops with its last user."""

import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest

from tsb_portal import embedded

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def var(tmp_path):
    """A directory of its own for the server, stopped at the end whatever happened."""
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    yield tmp_path / "var"
    embedded.stop(tmp_path / "var")


def user(var, code="", hold=False):
    """Start another process that uses the server; with `hold`, until its input closes."""
    script = f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from tsb_portal import embedded
        url = embedded.database_url(Path({str(var)!r}))
        import psycopg
        connection = psycopg.connect(url, autocommit=True)
        {code or "pass"}
        connection.close()
        print(url, flush=True)
        {"sys.stdin.read()" if hold else "pass"}
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
    )
    line = process.stdout.readline().strip()
    assert line.startswith("postgres://")
    if not hold:
        process.communicate(timeout=60)
        assert process.returncode == 0
    return process


def running(var):
    return embedded._postmaster(var / "pg") is not None


def test_data_outlives_the_server_and_letters_know_their_case(var):
    user(var, "connection.execute(\"CREATE TABLE kept AS SELECT lower('ÆØÅ') AS text\")")
    assert not running(var)
    url = embedded.database_url(var)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT text FROM kept").fetchone() == ("æøå",)
    embedded.release(var)
    assert not running(var)


def test_the_server_stays_until_its_last_user_leaves(var):
    first = user(var, hold=True)
    second = user(var, hold=True)
    first.communicate("", timeout=60)
    assert running(var)
    second.communicate("", timeout=60)
    assert not running(var)


def test_joining_a_running_server_takes_no_time(var):
    holder = user(var, hold=True)
    started = time.monotonic()
    embedded.database_url(var)
    assert time.monotonic() - started < 2
    embedded.release(var)
    holder.communicate("", timeout=60)


def test_a_killed_user_does_not_keep_the_server_from_stopping(var):
    killed = user(var, hold=True)
    killed.kill()
    killed.wait()
    assert running(var)
    user(var)
    assert not running(var)


def test_a_pid_file_whose_number_belongs_to_another_program_does_not_stop_the_start(var):
    user(var)
    stranger = subprocess.Popen(["sleep", "60"])
    pid_file = var / "pg" / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{var / 'pg'}\n1700000000\n5432\n{var / 'pg'}\n\n  1 1\nready\n")
    try:
        user(var)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_dead_server_s_files_do_not_stop_the_start(var):
    code = "connection.execute('CREATE TABLE kept AS SELECT 1 AS number'); connection.execute('CHECKPOINT')"
    holder = user(var, code, hold=True)
    os.kill(embedded._postmaster(var / "pg"), 9)
    time.sleep(0.2)
    holder.communicate("", timeout=60)
    assert (var / "pg" / "postmaster.pid").exists()
    deadline = time.monotonic() + 10
    while running(var) and time.monotonic() < deadline:
        time.sleep(0.1)
    user(var, "assert connection.execute('SELECT number FROM kept').fetchone() == (1,)")


def test_a_path_too_long_for_a_socket_still_works(var):
    deep = var / ("d" * 120)
    try:
        assert user(deep)
    finally:
        embedded.stop(deep)


def test_nothing_listens_on_the_network(var):
    holder = user(var, hold=True)
    url = embedded.database_url(var)
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    embedded.release(var)
    holder.communicate("", timeout=60)
    with socket.socket() as probe:
        probe.settimeout(1)
        assert (var / "pg").stat().st_mode & 0o077 == 0
