"""Error pages that help the reader on."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

RETRY_SECONDS = "30"


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an unknown address with search and ways on."""
    return render(request, "404.html", {"crumbs": []}, status=404)


def _database_is_away(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        error = error.__cause__ or error.__context__
    return False


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault with a plain sentence. Needs no database: it may be the database that is away."""
    # The page at fault may have chosen another language; these two say in their HTML that they are in bokmål.
    with translation.override(settings.LANGUAGE_CODE):
        if _database_is_away(sys.exc_info()[1]):
            was_form = request.method == "POST"
            response = HttpResponse(render_to_string("503.html", {"was_form": was_form}), status=503)
            response["Retry-After"] = RETRY_SECONDS
            return response
        return HttpResponse(render_to_string("500.html"), status=500)
