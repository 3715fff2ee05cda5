"""A letter in the browser: the mail as it was sent, with nobody's own links in it; and what a test letter leads to."""

from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletters.links import without_trap
from newsletters.models import Delivery
from newsletters.rendering import fill
from newsletters.services.trial import copy_html
from newsletters.slots import neutral_values
from newsletters.tokens import TRIAL_AGE, BadToken, read_token
from newsletters.views.answers import page

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


@require_safe
def trial_copy(request: HttpRequest, token: str) -> HttpResponse:
    """Show a test letter's own copy for a week, published or not. Only who got the test knows the address."""
    try:
        letter_id, revision_id = read_token("trial", token, max_age=TRIAL_AGE)
        html = copy_html(int(letter_id), int(revision_id))
    except (BadToken, LookupError, ValueError) as problem:
        is_forged = isinstance(problem, BadToken) and not problem.is_expired
        return page(request, "trial_gone", {}, status=404 if is_forged else 410)
    response = HttpResponse(html)
    response._csp_replace = MAIL_POLICY  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def trial_link(request: HttpRequest) -> HttpResponse:
    """Say what a test letter's links to unsubscribe and to choose lead to in the real one. Acts on nobody.

    A mail program's unsubscribe button posts here; the answer is the same.
    """
    return page(request, "trial_link", {})
