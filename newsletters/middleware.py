"""The short way of readers' clicks: answered before sessions, languages and the rest are asked."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from newsletters.views import tracking

# A redirect and a picture need nothing from anywhere.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class TrackingMiddleware:
    """Answer links and pixels of letters itself; whatever is not found or allowed goes the long way and is told there.

    Stands before all other middleware. The answers tell nothing about the reader, and no other middleware has a say in
    them: no cookie, no language, the frozen address and nothing else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a hit, or pass the request on."""
        path = request.path_info
        if path.startswith(("/l/", "/o/")) and request.method in ("GET", "HEAD") and _may_answer(request):
            response = self._link(request, path) if path[1] == "l" else self._pixel(request, path)
            if response is not None:
                return self._secured(request, response)
        return self.get_response(request)

    @staticmethod
    def _link(request: HttpRequest, path: str) -> HttpResponse | None:
        key, _, number = path[3:].partition("/")
        try:
            return tracking.link(request, UUID(key), int(number))
        except (ValueError, Http404):
            return None

    @staticmethod
    def _pixel(request: HttpRequest, path: str) -> HttpResponse | None:
        token = path[3:].removesuffix(".gif")
        if "/" in token or not path.endswith(".gif"):
            return None
        return tracking.opened(request, token)

    @staticmethod
    def _secured(request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers["Cross-Origin-Opener-Policy"] = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.headers["Strict-Transport-Security"] = hsts()
        # CommonMiddleware, which sets it otherwise, stands inside this one. Without it the server sends chunks.
        response.headers["Content-Length"] = str(len(response.content))
        return response


def _may_answer(request: HttpRequest) -> bool:
    """Whether the request came as it must: over HTTPS, where the portal is sent to it otherwise."""
    return not settings.SECURE_SSL_REDIRECT or request.is_secure()


def hsts() -> str:
    """Return the header as Django's SecurityMiddleware writes it."""
    parts = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        parts.append("includeSubDomains")
    if settings.SECURE_HSTS_PRELOAD:
        parts.append("preload")
    return "; ".join(parts)
