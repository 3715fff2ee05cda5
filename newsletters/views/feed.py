"""The letters in the archive as RSS."""

from django.utils.translation import gettext as _
from wagtail.models import Site

from core.views.feeds import MOST_ITEMS, PageFeed
from newsletters.models import LetterPage


class LetterFeed(PageFeed):
    """The newest letters of every series."""

    link = "/brev/"

    def what(self) -> str:
        """Letters."""
        return _("Letters")

    def items(self, site: Site) -> list[LetterPage]:
        """The newest letters that stand in the public archive."""
        pages = LetterPage.objects.live().public().descendant_of(site.root_page)
        return list(pages.order_by("-first_published_at", "-pk")[:MOST_ITEMS])
