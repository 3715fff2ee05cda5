"""A guide's chapters, neighbours and notes."""

from dataclasses import dataclass

from django.db.models import QuerySet
from wagtail.models import Page

from core.models import ChapterPage, GuidePage


@dataclass(frozen=True)
class Place:
    """Where a chapter stands in its guide."""

    guide: Page
    chapters: list[ChapterPage]
    number: int
    previous: Page | None
    next: Page | None


def chapters_of(guide: Page, *, with_text: bool = False) -> QuerySet[ChapterPage]:
    """Return the guide's published chapters in order (1 query); the texts only where they are printed."""
    chapters = ChapterPage.objects.live().child_of(guide).order_by("path")
    return chapters if with_text else chapters.defer("body", "footnotes")


def place_of(chapter: ChapterPage) -> Place:
    """Return the chapter's guide, its siblings and who stands before and after it (2 queries)."""
    guide = GuidePage.objects.ancestor_of(chapter).order_by("-depth").first() or chapter.get_parent()
    chapters = list(chapters_of(guide))
    position = next((i for i, other in enumerate(chapters) if other.pk == chapter.pk), None)
    if position is None:
        # A preview of an unpublished chapter stands last.
        return Place(guide, chapters, len(chapters) + 1, chapters[-1] if chapters else guide, None)
    previous = chapters[position - 1] if position else guide
    following = chapters[position + 1] if position + 1 < len(chapters) else None
    return Place(guide, chapters, position + 1, previous, following)
