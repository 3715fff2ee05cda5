"""What lists, the front page and topic pages show. An app on the right adds its own kind with `latest_of`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.models import Page

from core.cards import cards_of, with_cards
from core.models import ArticlePage, ContentPage, Film, GuidePage, StaffRole, TopicPage
from core.parts import kept
from core.pictures import with_pictures

PER_PAGE = 12
# How many pages beside a page can be asked for at most, of all and of each kind.
NEAREST = 4
# Parts of a whole: the guide or course they belong to is listed instead.
PARTS = ("chapterpage", "modulepage")
# Topic pages show the kinds in this order; a kind not named comes last.
TOPIC_ORDER = [
    "guidepage",
    "projectpage",
    "networkpage",
    "publicationpage",
    "coursepage",
    "eventpage",
    "articlepage",
    "letterpage",
]

_latest: dict[str, Callable[[], QuerySet]] = {}


def latest_of(kind: str) -> Callable:
    """Register a function that returns the newest pages of a kind, newest (or next) first."""

    def register(function: Callable[[], QuerySet]) -> Callable[[], QuerySet]:
        _latest[kind] = function
        return function

    return register


@latest_of("articles")
def _articles() -> QuerySet:
    return ArticlePage.objects.live().order_by("-date", "-pk")


@latest_of("guides")
def _guides() -> QuerySet:
    return GuidePage.objects.live().order_by("-first_published_at")


@latest_of("topics")
def _topics() -> QuerySet:
    return TopicPage.objects.live().order_by("path")


def latest(kind: str, count: int) -> list[Page]:
    """Return the newest pages of a kind, ready for cards (at most 2 queries); nothing for a kind nobody registered."""
    if kind not in _latest:
        return []
    return list(with_cards(_latest[kind]())[:count])


@dataclass(frozen=True)
class Group:
    """Pages of one kind under a topic."""

    name: str
    kind: str
    pages: list[Page]


def topic_groups(topic: TopicPage) -> list[Group]:
    """Return all published pages tagged with the topic, gathered by kind (at most 2 queries)."""
    pages = with_cards(
        _wholes().filter(topics=topic).exclude(pk=topic.pk).order_by("-first_published_at", "-pk")
    )
    kinds: dict[type, list[Page]] = {}
    for page in pages:
        kinds.setdefault(page.specific_class, []).append(page)
    groups = [
        Group(_capital(cls._meta.verbose_name_plural), cls._meta.model_name, members)
        for cls, members in kinds.items()
    ]
    place = {kind: number for number, kind in enumerate(TOPIC_ORDER)}
    return sorted(groups, key=lambda group: (place.get(group.kind, len(place)), group.name))


def topic_films(topic: TopicPage) -> QuerySet[Film]:
    """Return the topic's films with their still pictures (at most 2 queries)."""
    return with_pictures(Film.objects.filter(topics=topic), "poster")


def people_to_ask(topic: TopicPage) -> QuerySet[StaffRole]:
    """Return the public roles that answer for the topic."""
    return _with_portraits(StaffRole.objects.filter(topics=topic, is_public=True))


def public_roles() -> QuerySet[StaffRole]:
    """Return every public role in the order of the contact page."""
    return _with_portraits(StaffRole.objects.filter(is_public=True))


def children(page: Page) -> QuerySet[ContentPage]:
    """Return the published pages right below, in the editors' order, ready for cards (at most 2 queries)."""
    return with_cards(ContentPage.objects.live().child_of(page).order_by("path"))


def related(page: ContentPage, count: int = 3) -> list[ContentPage]:
    """Return the pages that share most topics with this one; never topics themselves. For plain links."""
    return [near.page for near in on_same_topics(page) if near.place <= count]


def newest_related(page: ContentPage, kind: str, count: int) -> list[ContentPage]:
    """Return pages of one kind that share a topic with this one, newest first. For cards without pictures."""
    alike = [near for near in on_same_topics(page) if near.page.cached_content_type.model == kind]
    return [near.page for near in sorted(alike, key=lambda near: near.place_in_kind)[:count]]


@dataclass(frozen=True)
class Near:
    """A page on the same topics: its place among all of them, and among the newest of its kind."""

    page: ContentPage
    place: int
    place_in_kind: int


# Written out: Django takes longer to write it than the database to answer it.
SHARING = """
SELECT key, place, place_in_kind FROM (
  SELECT p.id AS key,
    row_number() OVER (ORDER BY count(*) DESC, p.first_published_at DESC, p.id DESC) AS place,
    row_number() OVER (
      PARTITION BY p.content_type_id ORDER BY p.first_published_at DESC, p.id DESC) AS place_in_kind
  FROM core_contentpage_topics t JOIN wagtailcore_page p ON p.id = t.contentpage_id
  JOIN django_content_type c ON c.id = p.content_type_id
  WHERE t.topicpage_id = ANY(%s) AND p.live AND p.id <> %s AND c.model <> ALL(%s)
  GROUP BY p.id
) AS near WHERE place <= %s OR place_in_kind <= %s ORDER BY place
"""


def on_same_topics(page: ContentPage) -> list[Near]:
    """Return pages that share topics with this one: the nearest, and the newest of each kind.

    Other pages are listed, so it holds until something is published (2 queries a page then).
    """
    topics = [topic.pk for topic in page.topic_list]
    return kept(f"near {page.pk}", lambda: _sharing(topics, page.pk or 0)) if topics else []


def _sharing(topics: list[int], page_id: int) -> list[Near]:
    with connection.cursor() as cursor:
        cursor.execute(SHARING, [topics, page_id, list(PARTS), NEAREST, NEAREST])
        rows = cursor.fetchall()
    pages = cards_of(key for key, _place, _place_in_kind in rows)
    return [Near(pages[key], *places) for key, *places in rows if key in pages]


def used_topics(index: Page) -> QuerySet[TopicPage]:
    """Return the topics that any published page below the index carries (1 query)."""
    below = ContentPage.objects.live().descendant_of(index)
    return TopicPage.objects.live().filter(tagged_pages__in=below).distinct().order_by("title")


def article_list(index: Page, request: HttpRequest) -> ListPage:
    """Return one page of the articles, newest first; `?tema=` keeps those of a topic, `?side=` turns the page."""
    articles = ArticlePage.objects.live().child_of(index).order_by("-date", "-pk")
    topic = request.GET.get("tema", "").replace("\x00", "")
    if topic:
        articles = articles.filter(topics__slug=topic)
    return Paginator(with_cards(articles), PER_PAGE).get_page(request.GET.get("side"))


def _wholes() -> QuerySet[ContentPage]:
    return ContentPage.objects.live().exclude(content_type__model__in=PARTS)


def _with_portraits(roles: QuerySet[StaffRole]) -> QuerySet[StaffRole]:
    return with_pictures(roles)


def _capital(label) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]
