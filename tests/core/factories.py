"""Factories of core's pages and snippets. Pages stand under the index page that `set_up_site` made."""

from datetime import date
from typing import Any

import factory

from core.models import (
    ArticleIndexPage,
    ArticlePage,
    ChapterPage,
    ContentPage,
    GlossaryTerm,
    GuideIndexPage,
    GuidePage,
    StaffRole,
    TopicIndexPage,
    TopicPage,
)


def add_page(parent, model: type[ContentPage], *, live: bool = True, **fields: Any) -> ContentPage:
    """Add a page under `parent`, published unless `live` is false."""
    page = model(live=live, **{"title": "En side", **fields})
    parent.add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
        page.refresh_from_db()
    return page


def make_article(**fields: Any) -> ArticlePage:
    """Add an article to the news."""
    parent = ArticleIndexPage.objects.get()
    return add_page(
        parent, ArticlePage, **{"title": "Ny rapport om ventetid", "date": date(2026, 10, 1), **fields}
    )


def make_topic(**fields: Any) -> TopicPage:
    """Add a topic page."""
    return add_page(TopicIndexPage.objects.get(), TopicPage, **{"title": "Akutte tjenester", **fields})


def make_guide(chapters: int = 2, **fields: Any) -> GuidePage:
    """Add a guide with so many chapters."""
    guide = add_page(GuideIndexPage.objects.get(), GuidePage, **{"title": "Veileder om avbrudd", **fields})
    for number in range(1, chapters + 1):
        add_page(guide, ChapterPage, title=f"Kapittel {number}")
    guide.refresh_from_db()
    return guide


class StaffRoleFactory(factory.django.DjangoModelFactory):
    """A staff role readers can ask."""

    title = factory.Sequence(lambda n: f"Rådgiver {n}")
    email = factory.Sequence(lambda n: f"radgiver{n}@example.no")

    class Meta:
        model = StaffRole


class GlossaryTermFactory(factory.django.DjangoModelFactory):
    """A glossary term."""

    term = factory.Sequence(lambda n: f"Begrep {n}")
    explanation = "En kort forklaring."

    class Meta:
        model = GlossaryTerm
