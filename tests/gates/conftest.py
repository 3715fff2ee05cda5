"""One portal, one browser and one round of visits for all gates."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

from tests.gates.portal import ROOT, Portal
from tests.gates.survey import Surveyor
from tests.plugins.requirements import chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def _database_url() -> str:
    """The address of the server the tests use; the gates' own database lies beside theirs."""
    if os.environ.get("DATABASE_URL"):
        return os.environ["DATABASE_URL"]
    from tsb_portal import embedded

    return embedded.database_url()


@pytest.fixture(scope="package")
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    """The portal with the demo site, answering on a port of its own. `--reuse-db` keeps its data between runs."""
    reuse = bool(request.config.getoption("reuse_db"))
    subprocess.run([sys.executable, "scripts/build_frontend.py"], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "scripts/compilemessages.py"], cwd=ROOT, check=True)
    var = Path(settings.VAR_DIR) / "gates"
    if not reuse:
        shutil.rmtree(var, ignore_errors=True)
    portal = Portal(_database_url(), var)
    try:
        portal.start(reuse=reuse)
        yield portal
    finally:
        portal.stop(keep=reuse)


@pytest.fixture(scope="package")
def facts(portal: Portal) -> dict:
    """What the site holds: page types with an address each, forms, query counts."""
    return portal.inspect()


@pytest.fixture(scope="package")
def browser_here() -> Iterator[Browser]:
    """Chromium, once for all gates."""
    # Playwright's loop runs in this thread, so Django would take every other test for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def surveyor(portal: Portal, browser_here: Browser) -> Surveyor:
    """Visits each address once; several tests judge what it saw."""
    return Surveyor(browser_here, portal.address)


@pytest.fixture(scope="package")
def page_of(facts: dict) -> dict[str, dict]:
    """For each page type, what is known of the page chosen for it."""
    return {page["type"]: page for page in facts["pages"]}
