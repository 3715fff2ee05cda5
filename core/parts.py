"""What many pages share, kept in a process's own memory until something is published.

Everything is kept under the generation of `core.page_store` in which its request began; publishing, or changing a
setting, starts a new one. Nothing that belongs to one reader may be kept here, and nobody changes what is kept: all
requests of a process share the same objects.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.request import split_domain_port
from wagtail.models import Site

from core.page_store import page_store

T = TypeVar("T")
M = TypeVar("M", bound=Model)

# Two: a request that began just before a change ends beside those that begin after it.
GENERATIONS = 2

_reading: ContextVar[HttpRequest | None] = ContextVar("reading", default=None)
_shelves: dict[str, "Shelf"] = {}


class Shelf(dict):
    """What is kept of one generation, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.since = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether it is young enough for texts that follow the clock."""
        return time.monotonic() - self.since < settings.PARTS_SECONDS


@contextmanager
def reading(request: HttpRequest) -> Iterator[None]:
    """Frame the building of a page for readers: inside it `kept` keeps, and site and settings are at hand.

    Begun before anything that a page shows is read: what was read before a change is then never kept as if it were
    read after it. Outside it (a preview, a mail, the admin) nothing is kept and everything is read.
    """
    note_start(request)
    token = _reading.set(request)
    try:
        # Wagtail asks the database for both in every request, and looks on the request first.
        host, _port = split_domain_port(request.get_host())
        site = kept(f"site:{host}", lambda: Site.find_for_request(request))
        if site is not None:
            request._wagtail_site = site  # type: ignore[attr-defined]
            _lay_settings_ready(request, site)
        yield
    finally:
        _reading.reset(token)


def note_start(request: HttpRequest) -> None:
    """Note the generation a request begins in; the page cache has done so where it is on."""
    if not hasattr(request, "page_generation"):
        store = page_store()
        request.page_generation = store.read_generation() or store.ensure_generation()  # type: ignore[attr-defined]


def _lay_settings_ready(request: HttpRequest, site: Site) -> None:
    from core.models import ServiceSettings

    found = kept(f"settings:{site.pk}", lambda: ServiceSettings.for_site(site))
    setattr(request, ServiceSettings.get_cache_attr_name(), found)


def is_reading() -> bool:
    """Whether a page for readers is being built, so that what is kept may be used."""
    return _reading.get() is not None


def kept(name: str, read: Callable[[], T]) -> T:
    """Return what is kept under a name, read when it is not there yet; outside `reading` always read anew."""
    shelf = _shelf()
    if shelf is None:
        return read()
    if name not in shelf:
        shelf[name] = read()
    return shelf[name]


def kept_rows(name: str, rows: QuerySet[M], keys: Iterable[int]) -> dict[int, M]:
    """Return rows by key; gone ones are left out. `name` says what is read of them.

    At most 1 query, for those that no page has shown since something was published.
    """
    known: dict[int, M | None] = kept(f"rows: {name}", dict)
    wanted = list(keys)
    new = [key for key in wanted if key not in known]
    if new:
        found = {row.pk: row for row in rows.filter(pk__in=new)}
        known.update({key: found.get(key) for key in new})
    return {key: row for key in wanted if (row := known.get(key)) is not None}


def _shelf() -> dict[str, Any] | None:
    request = _reading.get()
    if request is None:
        return None
    generation = getattr(request, "page_generation", "")
    if not generation or not settings.PARTS_SECONDS:
        # Nothing tells when it changes: kept for this one request.
        return request.__dict__.setdefault("_parts", {})
    shelf = _shelves.get(generation)
    if shelf is None or not shelf.is_fresh:
        shelf = _shelves[generation] = Shelf()
        for old in sorted(_shelves)[:-GENERATIONS]:
            _shelves.pop(old, None)
    return shelf
