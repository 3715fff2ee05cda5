"""What machines read: news as RSS, the sitemap, robots.txt."""

from datetime import datetime, time

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.contrib.sitemaps import Sitemap
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.models import Site

from core.models import ArticlePage, ContentPage, ServiceSettings

MOST_ITEMS = 20
ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /konto/
Disallow: /min-side/
Disallow: /sok/
Disallow: /tilbakemelding/
Disallow: /l/
Disallow: /o/
Disallow: /avmeld/
Disallow: /preferanser/

Sitemap: {site}/sitemap.xml
"""


class PageFeed(Feed):
    """A feed of pages: title, lead and date; subclasses choose which."""

    language = "nb"

    def get_object(self, request: HttpRequest) -> Site:
        """The site the feed is read from."""
        return Site.find_for_request(request)

    def title(self, site: Site) -> str:
        """The service's name and what the feed holds."""
        return f"{ServiceSettings.for_site(site).service_name}: {self.what()}"

    def what(self) -> str:
        """What the feed holds, in a word."""
        raise NotImplementedError

    def item_title(self, page: ContentPage) -> str:
        """The page's title."""
        return page.title

    def item_description(self, page: ContentPage) -> str:
        """The page's lead."""
        return page.lead

    def item_link(self, page: ContentPage) -> str:
        """The page's own address."""
        return page.full_url

    def item_pubdate(self, page: ContentPage) -> datetime | None:
        """When the page was first published."""
        return page.first_published_at


class NewsFeed(PageFeed):
    """The newest articles."""

    link = "/aktuelt/"

    def what(self) -> str:
        """News."""
        return _("News")

    def items(self, site: Site) -> list[ArticlePage]:
        """The newest published articles of the site."""
        pages = ArticlePage.objects.live().public().descendant_of(site.root_page)
        return list(pages.order_by("-date", "-pk")[:MOST_ITEMS])

    def item_pubdate(self, page: ArticlePage) -> datetime:
        """The date readers see, at the start of the working day."""
        return timezone.make_aware(datetime.combine(page.date, time(8)))


class ContentSitemap(Sitemap):
    """Every published page that everyone may read."""

    def items(self):
        """All live, public pages, in the order of the tree."""
        return (
            self.get_wagtail_site().root_page.get_descendants(inclusive=True).live().public().order_by("path")
        )


def sitemap_xml(request: HttpRequest) -> HttpResponse:
    """Answer with the addresses of all public pages."""
    return sitemap(request, sitemaps={"pages": ContentSitemap})


def robots_txt(request: HttpRequest) -> HttpResponse:
    """Tell robots what is of no use to them."""
    return HttpResponse(ROBOTS.format(site=settings.SITE_URL), content_type="text/plain; charset=utf-8")
