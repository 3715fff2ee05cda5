"""Count the database queries of one page of every type, built without the page cache.

Usage: PAGE_CACHE_SECONDS=0 python -m bench.queries   prints {type: [queries, path]} as JSON
"""

import json
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.production")
django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, get_page_models

from core.models import ContentPage


def main() -> None:
    """Print the figures."""
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    counts = {}
    for model in get_page_models():
        page = _sample(model) if issubclass(model, ContentPage) and model is not ContentPage else None
        if page is None:
            continue
        path = page.get_url_parts()[2]
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = client.get(path)
        if response.status_code == 200:
            counts[model.__name__] = [len(queries), path]
    print(json.dumps(counts))


def _sample(model: type[Page]) -> Page | None:
    """Return the page of this type with most children, whose list costs most."""
    return model.objects.live().exact_type(model).order_by("-numchild", "pk").first()


if __name__ == "__main__":
    main()
