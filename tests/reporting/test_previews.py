"""Every page type of the content apps is previewed, also a new page that holds next to nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from elearning.models import CourseIndexPage, CoursePage, ModulePage
from events.models import EventIndexPage, EventPage
from networks.models import NetworkIndexPage, NetworkPage
from projects.models import ProjectIndexPage, ProjectPage
from publications.models import PublicationIndexPage, PublicationPage

pytestmark = pytest.mark.django_db
NEW_PAGES = [
    (PublicationIndexPage, PublicationPage),
    (ProjectIndexPage, ProjectPage),
    (NetworkIndexPage, NetworkPage),
    (EventIndexPage, EventPage),
    (CourseIndexPage, CoursePage),
    (CourseIndexPage, ModulePage),
]


@pytest.mark.parametrize(
    "index", sorted({index for index, _page in NEW_PAGES}, key=lambda model: model.__name__)
)
def test_an_index_page_is_previewed(site, index):
    assert index.objects.get().make_preview_request().status_code == 200


@pytest.mark.parametrize(("index", "model"), NEW_PAGES)
def test_a_page_that_was_never_saved_is_previewed(site, index, model):
    fields = {"title": "Ny side", "slug": "ny-side", "depth": 4}
    if model is EventPage:
        fields |= {"start": timezone.now(), "end": timezone.now() + timedelta(hours=1)}
    if model is PublicationPage:
        fields |= {"year": 2026, "kind": "guideline", "can_be_ordered": True}
    page = model(**fields)
    # As the editor's view does: the page knows where it will stand, but has no key.
    page.set_url_path(index.objects.get())
    page.path = index.objects.get().path + "0001"
    assert "Ny side" in page.make_preview_request().content.decode()
