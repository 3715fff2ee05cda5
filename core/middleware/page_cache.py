"""The page cache for anonymous readers; stands before all other middleware."""

import gzip
import hashlib

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.request import split_domain_port
from django.utils.http import parse_etags

from core.counters import count_view
from core.page_store import StoredPage, page_store
from core.release import release
from core.robots import is_robot

# Never the same for two readers, or not pages.
UNCACHED_PREFIXES = (
    "/admin",
    "/avmeld",
    "/dev/",
    "/dokumenter/",
    "/healthz/",
    "/konto/",
    "/l/",
    "/media/",
    "/min-side/",
    "/o/",
    "/preferanser/",
    "/sok/",
    "/static/",
    "/tilbakemelding/",
)
KEPT_HEADERS = (
    "Content-Type",
    "Content-Language",
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


class PageCacheMiddleware:
    """Answer anonymous GET requests from the cache; store what anonymous requests built."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve a ready page, or build, store and serve it. A stale page stands in when the database is away."""
        if not self._may_be_cached(request):
            return self.get_response(request)
        key = self._key(request)
        generation, stored = self._read(key)
        # Before anything is read: what is built while something is published belongs to the generation before it.
        request.page_generation = generation = generation or self._new_generation()
        if stored and generation and stored.is_fresh(generation):
            return self._answer(request, stored)
        response = self.get_response(request)
        if response.status_code == 503 and stored and stored.built_at >= page_store().oldest_allowed():
            return self._answer(request, stored)
        if self._may_be_stored(response):
            return self._store(request, response, key, generation)
        return response

    @staticmethod
    def _may_be_cached(request: HttpRequest) -> bool:
        return (
            settings.PAGE_CACHE_SECONDS > 0
            and request.method in ("GET", "HEAD")
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            # A narrowed or turned list is built each time: nobody can fill the store with invented addresses.
            and not request.META.get("QUERY_STRING")
            and not request.path_info.startswith(UNCACHED_PREFIXES)
        )

    @staticmethod
    def _key(request: HttpRequest) -> str:
        # Secure and plain requests differ in redirects and canonical addresses; the host chooses the Wagtail site.
        # A new release has other templates and names its style sheets anew. The port tells nothing, and anyone may
        # write any.
        host, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
        parts = (release(), request.scheme, host, request.path_info)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @staticmethod
    def _read(key: str) -> tuple[str, StoredPage | None]:
        try:
            generation, data = page_store().read(key)
        except DatabaseError:  # the cache table is in the database that is away
            return "", None
        return generation, StoredPage.load(data) if data else None

    @staticmethod
    def _new_generation() -> str:
        try:
            return page_store().ensure_generation()
        except DatabaseError:
            return ""

    @staticmethod
    def _may_be_stored(response: HttpResponse) -> bool:
        return (
            response.status_code == 200
            and not response.streaming
            and not response.cookies
            and hasattr(response, "served_page_id")
        )

    def _store(self, request: HttpRequest, response: HttpResponse, key: str, generation: str) -> HttpResponse:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        etag = f'"{hashlib.md5(response.content, usedforsecurity=False).hexdigest()}"'
        stored = StoredPage.build(generation, response.served_page_id, etag, headers, response.content)
        if generation and request.method == "GET":
            page_store().write(key, stored.dump())
        return self._answer(request, stored)

    @staticmethod
    def _answer(request: HttpRequest, stored: StoredPage) -> HttpResponse:
        if request.method == "GET" and not is_robot(request):
            count_view(stored.page_id)
        asked = request.META.get("HTTP_IF_NONE_MATCH")
        if asked and stored.etag in parse_etags(asked):
            response: HttpResponse = HttpResponseNotModified()
        else:
            takes_gzip = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
            body = stored.gzipped if takes_gzip else gzip.decompress(stored.gzipped)
            response = HttpResponse(body, headers=stored.headers)
            if takes_gzip:
                response["Content-Encoding"] = "gzip"
            # CommonMiddleware, which sets it otherwise, stands inside this one. Without it the server sends chunks.
            response["Content-Length"] = str(len(body))
        response["ETag"] = stored.etag
        response["Vary"] = "Accept-Encoding, Cookie"
        # Readers' browsers ask each time, so that a published change is seen at once; 304 keeps it cheap.
        response["Cache-Control"] = "no-cache"
        return response
