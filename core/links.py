"""Links to the site's own pages in editors' texts."""

from wagtail.models import Page
from wagtail.rich_text.pages import PageLinkHandler

from core.cards import cards_of
from core.parts import is_reading


def linked_pages(keys: list[int]) -> dict[int, Page]:
    """Return the pages that links lead to, by key (at most 1 query for a page that is being built for readers)."""
    if is_reading():
        return {key: page for key, page in cards_of(keys).items() if page.live}
    return Page.objects.in_bulk(keys)


class PortalLinkHandler(PageLinkHandler):
    """Reads the pages that a text links to in one query: their addresses need nothing of the page types."""

    @classmethod
    def get_many(cls, attrs_list: list[dict]) -> list[Page | None]:
        """Return the linked pages in order, None for those that are gone."""
        keys = [str(attrs.get("id")) for attrs in attrs_list]
        wanted = [int(key) for key in keys if key.isdecimal()]
        pages = linked_pages(wanted)
        return [pages.get(int(key)) if key.isdecimal() else None for key in keys]
