"""The yardstick: a Django without middleware whose one view returns bytes it holds in memory.

BENCH_BODIES names a JSON file {path: {"headers": {…}, "file": "…", "status": 200}} of answers taken from the portal.
"""

import json
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

_index = json.loads(Path(os.environ["BENCH_BODIES"]).read_text())
ANSWERS = {
    path: (Path(entry["file"]).read_bytes(), entry.get("status", 200), entry["headers"])
    for path, entry in _index.items()
}


def answer(request: HttpRequest) -> HttpResponse:
    """Return the stored answer of this path."""
    body, status, headers = ANSWERS[request.path]
    return HttpResponse(body, status=status, headers=headers)


urlpatterns = [re_path("^.*$", answer)]
settings.configure(ROOT_URLCONF="bench.bare", ALLOWED_HOSTS=["*"], SECRET_KEY="bench", USE_I18N=False)
django.setup()
application = get_wsgi_application()
