"""The addresses that links and pixels of letters point at."""

import base64
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from newsletters.hits import buffer
from newsletters.models import DeliveryLink
from newsletters.tracking import find_link, read_click, read_open

# One transparent point.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def link(request: HttpRequest, key: UUID, number: int) -> HttpResponse:
    """Send the reader on to the frozen link and count the click. No other address can be reached from here."""
    try:
        found = find_link(key, number)
    except DeliveryLink.DoesNotExist as error:
        raise Http404 from error
    buffer.add(read_click(request, found, request.GET.get("t", "")))
    return _private(HttpResponseRedirect(found.url))


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with one transparent point, whatever the token, and note the open."""
    if hit := read_open(request, token):
        buffer.add(hit)
    return _private(HttpResponse(PIXEL, content_type="image/gif"))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
