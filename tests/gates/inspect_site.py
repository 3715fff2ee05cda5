"""Tell as JSON what the gates need to know of the demo site: an address of each page type, forms, query counts.

Runs in a process of its own, with the gates' database: `python -m tests.gates.inspect_site`.
"""

import json
import re

import django

django.setup()

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from core.models import ArticleIndexPage, ContentPage, PortalDocument
from core.page_store import page_store
from events.models import EventPage
from newsletters.models import Delivery, LetterPage, Series, SignupRequest, Subscription
from newsletters.tokens import make_token, preferences_token, unsubscribe_token
from projects.models import ProjectPage
from publications.models import PublicationPage
from tests.gates.addresses import page_types


def main() -> None:
    """Print everything in one document."""
    pages = [_describe(model) for model in page_types()]
    print(
        json.dumps(
            {
                "pages": pages,
                "forms": _forms(),
                "film_page": _page_with_a_film(),
                "documents": [document.url for document in PortalDocument.objects.order_by("pk")],
                "projects": dict(ProjectPage.objects.live().values_list("slug", "pk")),
                "article_index": ArticleIndexPage.objects.get().pk,
                "draft_letter": _draft_letter(),
                "first_queries": {
                    page["type"]: _first_queries(page["path"]) for page in pages if page["path"]
                },
                "queries": {page["type"]: _queries(page["path"]) for page in pages if page["path"]},
            }
        )
    )


def _describe(model: type[Page]) -> dict:
    """Choose the page of a type that shows most: many children, a long body. Both languages where there are two."""
    found = list(model.objects.live().public().exact_type(model).order_by("-numchild", "pk"))
    found.sort(key=lambda page: (-page.numchild, -len(getattr(page, "body", ""))))
    chosen = {page.language: page for page in reversed(found)}
    first = found[0] if found else None
    others = [_path(page) for language, page in chosen.items() if first and language != first.language]
    return {
        "type": model._meta.label,
        "path": _path(first) if first else "",
        "language": first.language if first else "",
        "other_languages": others,
        "count": len(found),
    }


def _path(page: Page) -> str:
    return page.specific.get_url_parts()[2]


def _forms() -> dict[str, str]:
    """Addresses of everything a visitor can fill in or be sent to."""
    subscription = Subscription.objects.filter(status="active").select_related("person", "series").first()
    article = ContentPage.objects.live().get(slug=_any_article())
    event = next(page for page in EventPage.objects.live() if page.takes_registrations)
    order = PublicationPage.objects.live().filter(can_be_ordered=True).first()
    signup = SignupRequest.objects.create(email="gate@example.org", language="nb")
    signup.series.set(Series.objects.filter(is_public=True)[:1])
    return {
        "search": "/sok/?q=rusbehandling",
        "search_without_hits": "/sok/?q=xyzzyxyzzy",
        "not_found": "/finnes-ikke/",
        "log_in": "/konto/login/",
        "log_in_by_code": "/konto/login/code/",
        "password_reset": "/konto/password/reset/",
        "letter_signup": "/brev/abonner/",
        "letter_signup_sent": "/brev/abonner/sendt/",
        "letter_confirm": f"/brev/bekreft/{make_token('confirm', signup.pk)}",
        "feedback": f"/tilbakemelding/{article.pk}/?svar=ja",
        "event_registration": f"/arrangementer/{event.slug}/pamelding/",
        "order": f"/publikasjoner/{order.slug}/bestilling/",
        "preferences_link": "/preferanser/",
        "preferences": f"/preferanser/{preferences_token(subscription.person_id)}",
        "unsubscribe": f"/avmeld/{unsubscribe_token(subscription.person_id, subscription.series_id)}",
        "bad_token": "/avmeld/ugyldig",
    }


def _draft_letter() -> int:
    """The letter that nobody has ordered to be sent; in a database used before, the one that was sent last."""
    letters = LetterPage.objects.exclude(deliveries__status__in=Delivery.OPEN_STATUSES).order_by("-pk")
    return (letters.filter(deliveries=None).first() or letters.first()).pk


def _any_article() -> str:
    kind = ContentType.objects.get(app_label="core", model="articlepage")
    return ContentPage.objects.live().filter(content_type=kind).order_by("pk").first().slug


def _page_with_a_film() -> str:
    """A page with a film that is shown by a film service."""
    for page in ContentPage.objects.live().public().specific():
        body = getattr(page, "body", None)
        for block in body or []:
            if block.block_type == "film" and block.value["film"].url:
                return _path(page)
    return ""


def _first_queries(path: str) -> list[str]:
    """The statements of the first request after something was published, by a process that has shown pages before."""
    client = Client(raise_request_exception=False)
    client.get(path)
    page_store().start_generation()
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return [_short(query["sql"]) for query in captured.captured_queries]


def _queries(path: str) -> list[str]:
    """The statements one uncached request costs, when what lasts longer than a request is already known.

    None at all for a page that cannot be shown.
    """
    client = Client(raise_request_exception=False)
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    if response.status_code != 200:
        return []
    return [_short(query["sql"]) for query in captured.captured_queries]


def _short(sql: str) -> str:
    """A statement without its columns, as a failed test shows it."""
    return re.sub(r"SELECT .*? FROM ", "SELECT … FROM ", sql.replace('"', ""))[:400]


if __name__ == "__main__":
    main()
