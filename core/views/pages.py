"""The way from an address to its page."""

from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpRequest, HttpResponse
from wagtail import views
from wagtail.models import Site
from wagtail.url_routing import RouteResult

from core.cards import pictures_of, roles_of
from core.models import ContentPage
from core.parts import reading
from core.site_pages import Place, SitePages, site_pages

# What Wagtail's editing keeps on a page and no reader sees: left out, a page is read in half the time.
EDITING_FIELDS = (
    "draft_title",
    "expire_at",
    "expired",
    "go_live_at",
    "has_unpublished_changes",
    "latest_revision",
    "latest_revision_created_at",
    "live_revision",
    "locked",
    "locked_at",
    "locked_by",
    "owner",
    "review_by",
    "translation_key",
)


def serve(request: HttpRequest, path: str) -> HttpResponse:
    """Show the page at an address. Found by the whole address at once, where Wagtail asks level by level."""
    with reading(request):
        page = _find(request, path)
        if page is not None:
            # Where Wagtail keeps the page it has found for a request; without it, it looks for itself.
            request._wagtail_route_for_request = RouteResult(page)  # type: ignore[attr-defined]
        response = views.serve(request, path)
        # Here and not after the view, so that all of the page is built inside `reading`.
        if hasattr(response, "render"):
            response.render()
        return response


def _find(request: HttpRequest, path: str) -> ContentPage | None:
    """Return the published page with what every page shows of itself (1 query), or None."""
    site = Site.find_for_request(request)
    if site is None:
        return None
    pages = site_pages(site)
    place = pages.by_url_path.get(site.root_page.url_path + path)
    return _read(place, pages) if place else None


def _read(place: Place, pages: SitePages) -> ContentPage | None:
    model = ContentType.objects.get_for_id(place.content_type_id).model_class()
    if model is None or not issubclass(model, ContentPage):
        return None
    for page in model.objects.raw(_statement(model), [place.pk]):
        topics = (pages.by_key.get(key) for key in page.topic_keys)
        page.topic_list = sorted(filter(None, topics), key=lambda topic: topic.title)
        # What many pages have in common: laid where Django looks for what it has read.
        read = page._state.fields_cache
        read["picture"] = pictures_of([page.picture_id]).get(page.picture_id) if page.picture_id else None
        role = page.responsible_role_id
        read["responsible_role"] = roles_of([role]).get(role) if role else None
        return page
    return None


@cache
def _statement(model: type[ContentPage]) -> str:
    """The SQL that reads a published page of a type with its topics' keys, by the page's key.

    Kept by the process: Django takes longer to write it than the database to answer it.
    """
    topics = ContentPage.topics.through.objects.filter(contentpage=OuterRef("pk")).values("topicpage")
    found = model.objects.defer(*EDITING_FIELDS).annotate(topic_keys=ArraySubquery(topics))
    statement, _none = found.order_by().query.sql_with_params()
    return f"{statement} WHERE wagtailcore_page.id = %s AND wagtailcore_page.live"
