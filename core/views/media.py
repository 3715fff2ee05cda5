"""Public files: pictures and films. Documents have an address of their own."""

import posixpath

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.static import serve


def serve_media(request: HttpRequest, path: str, document_root: str) -> HttpResponseBase:
    """Answer with a picture or film; documents are fetched at /dokumenter/, where rights are checked."""
    if posixpath.normpath(path).lstrip("/").startswith("documents"):
        raise Http404
    return serve(request, path, document_root)
