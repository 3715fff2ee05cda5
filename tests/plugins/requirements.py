"""Tests that need Redis or a browser: run where there is one, skipped loudly where not, failed under REQUIRE_ALL=1.

A test says `@pytest.mark.redis`, `redis_server` or `browser`. Redis is the one of REDIS_URL; a test of `redis_server`
starts one of its own. The browser is Chromium:
the program CHROMIUM names, one on the path, or one that Playwright has downloaded.
"""

import os
import shutil
import socket
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

MARKERS = {
    "redis": "needs a Redis server, named by REDIS_URL",
    "redis_server": "needs the program redis-server, to start and stop a Redis of its own",
    "browser": "needs Chromium",
}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
skipped: dict[str, list[str]] = {name: [] for name in MARKERS}


@cache
def chromium() -> str | None:
    """Return the path of a Chromium to drive, or nothing."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found:
        return found
    home = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    downloaded = sorted(home.glob("chromium-*/chrome-*/chrome"))
    return str(downloaded[-1]) if downloaded else None


@cache
def missing(name: str) -> str:
    """Return why the thing cannot be used, empty when it can."""
    if name == "browser":
        return "" if chromium() else "no Chromium found (install chromium or set CHROMIUM)"
    if name == "redis_server":
        return "" if shutil.which("redis-server") else "no redis-server found (install Redis)"
    url = os.environ.get("REDIS_URL", "")
    if not url:
        return "REDIS_URL is not set"
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3).close()
    except OSError as error:
        return f"nothing answers at REDIS_URL ({error})"
    return ""


def required() -> bool:
    """Whether a missing thing is a failure, as in CI."""
    return os.environ.get("REQUIRE_ALL", "").lower() in ("1", "true", "yes", "on")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, description in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {description}")


# Before fixtures: a fixture that opens a browser must not run where there is none.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose requirement is missing."""
    for name in MARKERS:
        if item.get_closest_marker(name) and missing(name):
            if required():
                pytest.fail(f"REQUIRE_ALL is set and {missing(name)}", pytrace=False)
            skipped[name].append(item.nodeid)
            pytest.skip(missing(name))


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what was not tried."""
    for name, tests in skipped.items():
        if tests:
            terminalreporter.section(
                f"NOT TESTED: {len(tests)} tests of {name}", sep="!", red=True, bold=True
            )
            terminalreporter.line(f"{missing(name)}. REQUIRE_ALL=1 makes this a failure.")
