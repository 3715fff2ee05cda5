"""The service's own colour as a stylesheet, so that no inline style is needed; the icon where a browser guesses it."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from core.models import ServiceSettings
from core.palette import stylesheet


@require_safe
def theme_css(request: HttpRequest) -> HttpResponse:
    """Answer `/tema.css`; its address carries the colour, so it may be kept for a year."""
    service = ServiceSettings.for_request(request)
    css = stylesheet(service.accent_colour) if service.accent_colour else ""
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    fits = request.GET.get("v", "").lower() == service.accent_colour.lower().lstrip("#")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if fits else "no-cache"
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Lead `/favicon.ico` to the icon: browsers ask for it where no page names one, as for the sitemap."""
    response = HttpResponseRedirect(static("build/favicon.svg"))
    response["Cache-Control"] = "public, max-age=86400"
    return response
