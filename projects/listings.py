"""What the list of projects shows, and what a project's page lists of others."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.facets import Facet, Listing, narrowed, topics_of
from core.listings import latest_of, newest_related
from core.models import ContentPage
from core.parts import kept
from projects.models import ProjectIndexPage, ProjectPage

# Ongoing work first, then what is planned, then what is done.
STATUS_ORDER = [ProjectPage.Status.ONGOING, ProjectPage.Status.PLANNED, ProjectPage.Status.COMPLETED]
RELATED = 4


@latest_of("projects")
def newest_projects():
    """Return published projects, the latest begun first."""
    return ProjectPage.objects.live().order_by("-start_year", "title", "pk")


def _rows_and_topics(pages) -> tuple[list[dict], dict[int, list[str]], dict[str, str]]:
    rows = sorted(pages.values("pk", "kind", "status"), key=lambda row: STATUS_ORDER.index(row["status"]))
    return rows, *topics_of(pages)


def project_list(index: ProjectIndexPage, request: HttpRequest) -> Listing:
    """Return one turn of the projects (at most 4 queries); `?type=`, `?status=`, `?tema=`, `?side=`."""
    pages = newest_projects().child_of(index)
    rows, of_page, titles = kept(f"projects below {index.pk}", lambda: _rows_and_topics(pages))
    facets = [
        Facet("type", _("Kind"), _("All kinds"), lambda row: [row["kind"]], dict(ProjectPage.Kind.choices)),
        Facet(
            "status",
            _("Status"),
            _("Any status"),
            lambda row: [row["status"]],
            dict(ProjectPage.Status.choices),
        ),
        Facet("tema", _("Topic"), _("All topics"), lambda row: of_page.get(row["pk"], ()), titles),
    ]
    return narrowed(pages, rows, facets, request.GET)


def related_publications(page: ProjectPage) -> list[ContentPage]:
    """Return publications that share a topic with the project, newest first. For cards without pictures."""
    return newest_related(page, "publicationpage", RELATED)
