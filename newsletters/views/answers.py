"""How the pages about one's own letters answer: never stored on the way, never searched, never told to others."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page of templates/newsletters/public/. Its address may hold a token, so it is kept out of referrers."""
    context = {"crumbs": [], **context}
    response = render(request, f"newsletters/public/{name}.html", context, status=status)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def bad_token(request: HttpRequest, purpose: str, *, is_expired: bool) -> HttpResponse:
    """Say that a link is too old or cut off, and where to get a new one. Tells nothing about anybody."""
    context = {"purpose": purpose, "is_expired": is_expired}
    return page(request, "bad_token", context, status=410 if is_expired else 404)
