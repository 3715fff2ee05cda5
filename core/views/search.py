"""The search page and the suggestions."""

from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.models import Site

from core.parts import reading
from core.search.query import PAGE_SIZE, search
from core.search.suggestions import suggest
from core.search.terms import LONGEST_QUERY
from core.site_pages import site_pages


def _number(text: str | None) -> int | None:
    """A filter's number; anything else counts as no filter."""
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _label(kind: ContentType) -> str:
    return str(kind.model_class()._meta.verbose_name_plural)


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the hits for `q`, narrowed by `type` (content type id) and `tema` (topic page id), `side` by page."""
    with reading(request):
        return _show(request)


def _show(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    chosen_type, chosen_topic = _number(request.GET.get("type")), _number(request.GET.get("tema"))
    number = max(1, min(_number(request.GET.get("side")) or 1, 500))
    site = Site.find_for_request(request)
    results = search(query, site, type_id=chosen_type, topic_id=chosen_topic, page=number)
    if results.total and not results.hits and number > 1:
        # Beyond the last turn: the last is shown, as the numbers below say.
        number = -(-results.total // PAGE_SIZE)
        results = search(query, site, type_id=chosen_type, topic_id=chosen_topic, page=number)
    topics = site_pages(site).by_key
    paginator = Paginator(range(results.total), PAGE_SIZE)
    context = {
        "query": query,
        "results": results,
        "types": [
            {
                "id": kind.pk,
                "label": kind.model_class()._meta.verbose_name_plural,
                "count": n,
                "chosen": kind.pk == chosen_type,
            }
            for kind, n in results.types
        ],
        "topics": [
            {"id": key, "label": topics[key].title, "count": n, "chosen": key == chosen_topic}
            for key, n in results.topics
            if key in topics
        ],
        "is_filtered": bool(chosen_type or chosen_topic),
        "page_obj": paginator.get_page(number),
        "crumbs": [],
        "page_title": _("Search"),
    }
    return render(request, "core/search.html", context)


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """Answer what the reader may mean by what is typed so far."""
    query = request.GET.get("q", "").replace("\x00", "")[:LONGEST_QUERY]
    response = JsonResponse({"suggestions": suggest(query, Site.find_for_request(request))})
    response["Cache-Control"] = "max-age=60"
    return response
