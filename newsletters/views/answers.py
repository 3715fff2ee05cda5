"""How the pages about one's own letters answer: never stored on the way, never searched, never told to others."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

IN_NYNORSK = "?sprak=nn"


def in_chosen_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let a visitor whose language nobody knows read the page in nynorsk; a link in it leads there and back."""

    @wraps(view)
    def translated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("sprak") == "nn":
            translation.activate("nn")
        return view(request, *args, **kwargs)

    return translated


def address_in_language(name: str, *args: Any) -> str:
    """Return the address of one of these pages in the language that is read now."""
    return reverse(f"newsletters:{name}", args=args) + _language_query()


def _language_query() -> str:
    return IN_NYNORSK if translation.get_language() == "nn" else ""


def page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page of templates/newsletters/public/. Its address may hold a token, so it is kept out of referrers."""
    context = {"crumbs": [], "language_query": _language_query(), **context}
    response = render(request, f"newsletters/public/{name}.html", context, status=status)
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def bad_token(request: HttpRequest, purpose: str, *, is_expired: bool) -> HttpResponse:
    """Say that a link is too old or cut off, and where to get a new one. Tells nothing about anybody."""
    context = {"purpose": purpose, "is_expired": is_expired}
    return page(request, "bad_token", context, status=410 if is_expired else 404)
