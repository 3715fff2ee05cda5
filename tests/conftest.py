"""Fixtures every test may use: a small site with all index pages."""

import socket

import pytest
from django.core.cache import cache
from pytest_django.plugin import blocking_manager_key
from wagtail.models import Collection, Locale, Page, Site

from core.models import HomePage
from core.setup import set_up_site

pytest_plugins = ["tests.plugins.requirements", "tests.plugins.processes"]
SITE_NAME = "Nasjonal kompetansetjeneste"
_emptied = pytest.StashKey[bool]()


def restore_roots() -> None:
    """Wagtail's migrations make these rows; a test that really commits empties every table behind it."""
    Locale.objects.get_or_create(language_code="nb")
    if not Page.objects.exists():
        Page.add_root(title="Root", slug="root")
    if not Collection.objects.exists():
        Collection.add_root(name="Root")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database holds the empty site from the start, so that not every test builds it anew."""
    with django_db_blocker.unblock():
        # A run that reuses the database of one whose last test committed finds emptied tables.
        restore_roots()
        set_up_site(SITE_NAME, hostname="testserver")


def commits(item: pytest.Item) -> bool:
    """Whether a test really commits, so that pytest-django empties the tables after it."""
    marker = item.get_closest_marker("django_db")
    asked = marker is not None and (
        bool(marker.args[:1] and marker.args[0]) or marker.kwargs.get("transaction")
    )
    return bool(asked) or not {"transactional_db", "live_server"}.isdisjoint(item.fixturenames)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """After a test that emptied the tables, the next one finds the site standing again."""
    if item.config.stash.get(_emptied, False):
        item.config.stash[_emptied] = False
        with item.config.stash[blocking_manager_key].unblock():
            restore_roots()
            set_up_site(SITE_NAME, hostname="testserver")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Note that the tables were emptied."""
    if commits(item):
        item.config.stash[_emptied] = True


@pytest.fixture
def site(db) -> Site:
    """A site that is set up and empty: front page, index pages, settings."""
    Site.clear_site_root_paths_cache()
    return Site.objects.get(is_default_site=True)


@pytest.fixture
def home(site) -> HomePage:
    """The site's front page."""
    return site.root_page.specific


@pytest.fixture
def commits_at_once(monkeypatch) -> None:
    """What waits for the end of the transaction happens at once; for tests inside one that is never committed."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda func, *args, **kwargs: func())


@pytest.fixture
def mail_server_is_away(settings):
    """A port nobody listens on stands in for the mail server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    cache.clear()
