"""The frozen letter in the browser: the mail as it was sent, with nobody's own links in it."""

from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import escape
from django.views.decorators.http import require_safe

from newsletters.links import without_trap
from newsletters.models import Delivery
from newsletters.rendering import fill
from newsletters.slots import neutral_values

_site = urlsplit(settings.SITE_URL)
# A mail carries its looks in style attributes; it holds no scripts, and none may run.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'", "data:", f"{_site.scheme}://{_site.netloc}"],
    "style-src": ["'unsafe-inline'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
}


@require_safe
@csp_replace(MAIL_POLICY)
def browser_copy(request: HttpRequest, key) -> HttpResponse:
    """Show a delivery's frozen HTML. Not for search engines: the archive's page is."""
    delivery = get_object_or_404(Delivery, key=key)
    if not delivery.html:
        raise Http404
    values = {name: escape(value) for name, value in neutral_values(delivery).items()}
    response = HttpResponse(without_trap(fill(delivery.html, values)))
    response["X-Robots-Tag"] = "noindex"
    return response
