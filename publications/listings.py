"""What the catalogue of publications shows."""

from functools import partial

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.facets import Facet, Listing, holding_text, narrowed, topics_of, wanted_text
from core.listings import latest_of
from core.parts import kept
from publications.models import PublicationIndexPage, PublicationPage


@latest_of("publications")
def newest_publications():
    """Return published publications, newest first."""
    return PublicationPage.objects.live().order_by("-year", "-first_published_at", "-pk")


def _rows_and_topics(found) -> tuple[list[dict], dict[int, list[str]], dict[str, str]]:
    return list(found.values("pk", "kind", "year")), *topics_of(found)


def publication_list(index: PublicationIndexPage, request: HttpRequest) -> Listing:
    """Return one turn of the catalogue (at most 4 queries).

    `?type=` a kind, `?tema=` a topic's slug, `?aar=` a year, `?q=` words, `?side=` the turn.
    """
    text = wanted_text(request.GET)
    pages = newest_publications().child_of(index)
    found = pages.filter(holding_text(text, "title", "lead", "authors", "series_number", "publisher"))
    # The whole catalogue is the same for everyone; what a text finds is not.
    read = partial(_rows_and_topics, found)
    rows, of_page, titles = read() if text else kept(f"publications below {index.pk}", read)
    years = {str(year): str(year) for year in sorted({row["year"] for row in rows}, reverse=True)}
    facets = [
        Facet(
            "type", _("Kind"), _("All kinds"), lambda row: [row["kind"]], dict(PublicationPage.Kind.choices)
        ),
        Facet("tema", _("Topic"), _("All topics"), lambda row: of_page.get(row["pk"], ()), titles),
        Facet("aar", _("Year"), _("All years"), lambda row: [str(row["year"])], years),
    ]
    return narrowed(pages, rows, facets, request.GET, text=text)
