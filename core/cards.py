"""Reading pages, pictures and roles that many pages show, without a query for each.

What is read by key is shared by all requests of a process until something is published: read only.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from django.apps import apps
from django.db.models import QuerySet

from core.parts import kept_rows
from core.pictures import ready_renditions, with_pictures
from core.site_pages import closed_paths

if TYPE_CHECKING:
    from core.models import ContentPage, PortalImage, StaffRole

P = TypeVar("P", bound="ContentPage")


def with_cards(pages: QuerySet) -> QuerySet:
    """Have the pages read with their pictures, in one query or two, however many cards there are; no closed ones."""
    for path in closed_paths():
        pages = pages.exclude(path__startswith=path)
    return with_pictures(pages)


def open_to_all(pages: "dict[int, P]") -> "dict[int, P]":
    """Return the pages without those that are closed to some readers."""
    closed = closed_paths()
    return {key: page for key, page in pages.items() if not page.path.startswith(closed)} if closed else pages


def cards_of(keys: Iterable[int]) -> "dict[int, ContentPage]":
    """Return pages of any type by key, as cards show them (at most 1 query)."""
    pages = apps.get_model("core.ContentPage").objects.select_related("picture")
    return open_to_all(kept_rows("cards", pages, keys))


def listed(model: type[P], keys: Iterable[int]) -> dict[int, P]:
    """Return pages of one type by key with what their own type holds, their pictures ready (at most 2 queries)."""
    rows = model.objects.select_related("picture")
    pages = open_to_all(kept_rows(f"listed {model._meta.label}", rows, keys))
    ready_renditions(page.picture for page in pages.values())
    return pages


def pictures_of(keys: Iterable[int]) -> "dict[int, PortalImage]":
    """Return pictures by key (at most 1 query)."""
    return kept_rows("pictures", apps.get_model("core.PortalImage").objects.all(), keys)


def roles_of(keys: Iterable[int]) -> "dict[int, StaffRole]":
    """Return staff roles with their portraits by key (at most 1 query)."""
    return kept_rows("roles", apps.get_model("core.StaffRole").objects.select_related("picture"), keys)
