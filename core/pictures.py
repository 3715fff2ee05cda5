"""Having the resized copies of pictures at hand without asking the database for them on every page.

Renditions never change: a new crop or file is a new rendition. So each process remembers the ones it has met, in the
cache that Wagtail itself looks in (`CACHES["renditions"]`). Only pictures it has not met lately cost a query, one for
all of them.
"""

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.db.models import QuerySet, prefetch_related_objects

if TYPE_CHECKING:
    from core.models import PortalImage

# How long a process trusts that it has met all renditions of a picture (seconds).
REMEMBERED = 600


def ready_renditions(pictures: "Iterable[PortalImage | None]") -> None:
    """Make the renditions of all these pictures known (1 query, or none when the process has met them lately)."""
    found = [picture for picture in pictures if picture is not None]
    memory = caches["renditions"]
    known = memory.get_many({_mark(picture) for picture in found})
    new = [picture for picture in found if _mark(picture) not in known]
    if not new:
        return
    prefetch_related_objects(new, "renditions")
    renditions = [rendition for picture in new for rendition in picture.renditions.all()]
    memory.set_many({rendition.get_cache_key(): rendition for rendition in renditions}, 2 * REMEMBERED)
    memory.set_many({_mark(picture): True for picture in new}, REMEMBERED)


def _mark(picture: "PortalImage") -> str:
    return f"met-{picture.pk}-{picture.file_hash}"


def with_pictures(rows: QuerySet, field: str = "picture") -> QuerySet:
    """Have the pictures that `field` names read along with the rows, and their renditions made ready (see above)."""
    rows = rows.select_related(field)
    rows.__class__ = _ready_class(type(rows), field)
    return rows


@cache
def _ready_class(base: type[QuerySet], field: str) -> type[QuerySet]:
    """A queryset of the given kind that makes renditions ready as soon as it has read its rows."""

    class Ready(base):  # type: ignore[valid-type]
        def _fetch_all(self) -> None:
            is_first = self._result_cache is None
            super()._fetch_all()
            if is_first:
                ready_renditions(getattr(row, field) for row in self._result_cache)

    return Ready
