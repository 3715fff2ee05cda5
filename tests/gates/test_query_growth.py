"""A page with twenty children asks the database as often as one with a single child."""

from datetime import UTC, datetime

import pytest
from django.core.files.images import ImageFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.images.tests.utils import get_test_image_file

from core.models import (
    ArticleIndexPage,
    ArticlePage,
    ChapterPage,
    GuideIndexPage,
    GuidePage,
    PortalImage,
    SectionPage,
    StandardPage,
    TopicIndexPage,
    TopicPage,
)
from elearning.models import CourseIndexPage, CoursePage, ModulePage
from events.models import EventIndexPage, EventPage
from networks.models import NetworkIndexPage, NetworkPage
from newsletters.models import LetterArchivePage, LetterPage
from projects.models import ProjectIndexPage, ProjectPage
from publications.models import PublicationIndexPage, PublicationPage
from tests.gates.test_queries import MOST

MANY = 20
NEXT_YEAR = {"start": datetime(2030, 5, 7, 9, tzinfo=UTC), "end": datetime(2030, 5, 7, 15, tzinfo=UTC)}
# The kind of page that lists, the kind it lists, and what a child needs beside a title.
LISTS = [
    (ArticleIndexPage, ArticlePage, {}),
    (GuideIndexPage, GuidePage, {}),
    (GuidePage, ChapterPage, {}),
    (TopicIndexPage, TopicPage, {}),
    (SectionPage, StandardPage, {}),
    (PublicationIndexPage, PublicationPage, {"year": 2025}),
    (ProjectIndexPage, ProjectPage, {}),
    (NetworkIndexPage, NetworkPage, {}),
    (EventIndexPage, EventPage, NEXT_YEAR),
    (CourseIndexPage, CoursePage, {}),
    (CoursePage, ModulePage, {}),
    (LetterArchivePage, LetterPage, {"number": 1, "year": 2026}),
]
# Pages that stand under an index of their own.
MADE_UNDER = {GuidePage: GuideIndexPage, CoursePage: CourseIndexPage}


@pytest.fixture
def uncached(settings) -> None:
    """Every request builds its page anew."""
    settings.PAGE_CACHE_SECONDS = 0


def add_children(parent, model, count: int, fields: dict) -> list:
    """Add published children, each with a picture of its own."""
    children = []
    for _number in range(count):
        file = ImageFile(get_test_image_file().file, name="bilde.png")
        picture = PortalImage.objects.create(title="Bilde", file=file)
        place = parent.get_children().count() + 1
        child = model(title=f"{model.__name__} {place}", slug=f"side-{place}", picture=picture, **fields)
        children.append(parent.add_child(instance=child))
        parent.refresh_from_db()
    return children


def queries_of(client, page) -> int:
    """What one request costs when the pictures have their renditions already."""
    path = page.get_url_parts()[2]
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def listing_page(home, model):
    """The page of a kind that lists: the site's own, or a new one."""
    if model in MADE_UNDER:
        return add_children(MADE_UNDER[model].objects.get(), model, 1, {})[0]
    return model.objects.first() or add_children(home, model, 1, {})[0]


@pytest.mark.parametrize(("model", "kind", "fields"), LISTS, ids=lambda value: getattr(value, "__name__", ""))
def test_twenty_children_cost_no_more_queries_than_one(model, kind, fields, home, client, uncached):
    parent = listing_page(home, model)
    add_children(parent, kind, 1, fields)
    one = queries_of(client, parent)
    add_children(parent, kind, MANY - 1, fields)
    many = queries_of(client, parent)
    assert one == many <= MOST


def test_a_topic_with_twenty_pages_costs_no_more_queries_than_with_one(home, client, uncached):
    topic = add_children(TopicIndexPage.objects.get(), TopicPage, 1, {})[0]

    def tag(count: int) -> None:
        for page in add_children(ArticleIndexPage.objects.get(), ArticlePage, count, {}):
            page.topics.set([topic])
            page.save()

    tag(1)
    one = queries_of(client, topic)
    tag(MANY - 1)
    assert one == queries_of(client, topic) <= MOST
