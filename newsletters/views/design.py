"""A series' own colour as a stylesheet for its pages, so that no inline style is needed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from core.palette import stylesheet
from newsletters.models import Series

# What the theme's two colours are replaced within; the page's own header and footer stay the service's.
WHERE = ".tp-series"
# The portal's own names for them, which frontend/css/foundation.css works out for the whole page.
OWN_NAMES = {
    "brand": "base-default",
    "on-brand": "base-contrast-default",
    "on-brand-subtle": "base-contrast-subtle",
    "brand-deep": "text-default",
    "tint": "background-tinted",
    "tint-strong": "surface-tinted",
}


@require_safe
def series_css(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer the stylesheet; its address carries the colour, so it may be kept for a year."""
    colour = get_object_or_404(Series, slug=slug).accent_colour
    css = _css(colour) if colour else ""
    response = HttpResponse(css, content_type="text/css; charset=utf-8")
    fits = request.GET.get("v", "").lower() == colour.lower().lstrip("#")
    response["Cache-Control"] = "public, max-age=31536000, immutable" if fits else "no-cache"
    return response


def _css(colour: str) -> str:
    names = ";".join(f"--tp-{name}:var(--ds-color-primary-{step})" for name, step in OWN_NAMES.items())
    themes = (stylesheet(colour, name, WHERE) for name in ("primary", "accent"))
    return "".join([*themes, f"{WHERE}{{{names}}}"])
