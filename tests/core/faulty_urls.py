"""The portal's addresses and three more whose views fail."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import translation

from tsb_portal.urls import handler404, handler500
from tsb_portal.urls import urlpatterns as own

__all__ = ["handler404", "handler500", "urlpatterns"]
SECRET = "hemmelig-verdi-i-koden"


def fault(request: HttpRequest) -> HttpResponse:
    """Fail as a mistake in the code does, with something in the frame that no reader may see."""
    password = SECRET
    raise RuntimeError(f"et passord var {password}")


def fault_in_nynorsk(request: HttpRequest) -> HttpResponse:
    """Fail after the page's own language has been chosen."""
    translation.activate("nn")
    return fault(request)


def lost_database(request: HttpRequest) -> HttpResponse:
    """Fail as a query does when the server has gone, wrapped as the template engine wraps it."""
    try:
        raise OperationalError("connection refused")
    except OperationalError as error:
        raise RuntimeError("while rendering") from error


urlpatterns = [
    path("feil/", fault),
    path("feil-nynorsk/", fault_in_nynorsk),
    path("borte/", lost_database),
    *own,
]
