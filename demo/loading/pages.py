"""The demo's pages. First every page is made without its body, then the bodies, which refer to other pages."""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import Any

from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Page, Revision
from wagtail.signals import page_published

from core.models import (
    ArticleIndexPage,
    ArticlePage,
    ChapterPage,
    ContactPage,
    ContentPage,
    GlossaryPage,
    GuideIndexPage,
    GuidePage,
    HomePage,
    SectionPage,
    StandardPage,
    TopicIndexPage,
    TopicPage,
)
from demo.loading.blocks import stream
from demo.loading.content import read, read_folder, subfolders
from demo.loading.library import Library

Told = dict[str, Any]
INDEX_PAGES = {
    "articles": ArticleIndexPage,
    "topics": TopicIndexPage,
    "guides": GuideIndexPage,
    "glossary": GlossaryPage,
    "contact": ContactPage,
}


def note_index_pages(library: Library, models: dict[str, type[Page]]) -> None:
    """Make the index pages known by name."""
    for name, model in models.items():
        library.pages[f"index/{name}"] = model.objects.first()


def common_fields(told: Told, library: Library) -> Told:
    """The fields every content page has."""
    fields = {
        name: told[name]
        for name in ("title", "slug", "lead", "language", "last_reviewed", "review_by", "search_description")
        if told.get(name)
    }
    if told.get("picture"):
        fields["picture"] = library.find("picture", told["picture"])
        fields["picture_alt"] = told.get("picture_alt", "")[:250]
    if told.get("responsible_role"):
        fields["responsible_role"] = library.find("role", told["responsible_role"])
    return fields


def add(
    library: Library, parent: Page, model: type[ContentPage], name: str, told: Told, **fields: Any
) -> ContentPage:
    """Make a page under `parent` unless it stands there already, and note it under `name`."""
    page = parent.get_children().filter(slug=told["slug"]).first()
    if page is not None:
        page = page.specific
    else:
        # The language is its parent's in any case; asked for here, it costs no queries.
        page = model(**common_fields(told, library), locale=parent.locale, **fields)
        parent.add_child(instance=page)
        library.new.append((page, told))
    library.pages[name] = page
    return page


def add_all(
    library: Library,
    parent: Page,
    model: type[ContentPage],
    kind: str,
    tolds: Iterable[Told],
    fields: Callable[[Told], Told],
) -> None:
    """Make all pages of one kind."""
    for told in tolds:
        add(library, parent, model, f"{kind}/{told['slug']}", told, **fields(told))


def add_core_pages(library: Library, home: HomePage) -> None:
    """Make topics, articles, guides with chapters, sections and plain pages."""
    index = library.pages
    topics = read_folder("topics")
    add_all(library, index["index/topics"], TopicPage, "topic", topics, lambda told: {"show_in_menus": True})
    add_all(
        library,
        index["index/articles"],
        ArticlePage,
        "article",
        read_folder("articles"),
        lambda told: {"date": told["date"], "author_role": _role_title(library, told)},
    )
    for folder in subfolders("guides"):
        guide_told = read(f"{folder}/guide.toml")
        guide = add(
            library,
            index["index/guides"],
            GuidePage,
            f"guide/{guide_told['slug']}",
            guide_told,
            show_in_menus=True,
        )
        for told in (told for told in read_folder(folder) if told["slug"] != guide_told["slug"]):
            add(library, guide, ChapterPage, f"chapter/{guide.slug}/{told['slug']}", told)
    for told in read_folder("standard"):
        kind = told.get("type", "standard")
        model = SectionPage if kind == "section" else StandardPage
        add(library, home, model, f"{kind}/{told['slug']}", told)


def _role_title(library: Library, told: Told) -> str:
    texts = library.role_texts.get(told.get("author_role", ""), {})
    return texts.get("title_nn" if told.get("language") == "nn" else "title", "")


def fill_settled_pages(library: Library) -> None:
    """Give the pages that site setup made (contact, privacy, accessibility) their texts, when they have none."""
    contact = library.pages["index/contact"]
    if not contact.body:
        _refill(library, contact, read("contact.toml"))
    for told in read_folder("standard"):
        page = library.pages.get(f"standard/{told['slug']}")
        if page is not None and not page.body and all(page.pk != new.pk for new, _told in library.new):
            _refill(library, page, told)


def _refill(library: Library, page: ContentPage, told: Told) -> None:
    for name, value in common_fields(told, library).items():
        setattr(page, name, value)
    library.new.append((page, told))


def fill_bodies(library: Library) -> None:
    """Write the bodies, topics and publishing dates of the pages made in this run, and publish them."""
    for page, told in library.new:
        if "body" in told and hasattr(page, "body"):
            page.body = stream(told["body"], library)
        page.topics.set(
            [library.page(f"topic/{slug}") for slug in told.get("topics", []) if slug != page.slug]
        )
        fill_extra(page, told, library)
        publish(page, told)


def fill_extra(page: ContentPage, told: Told, library: Library) -> None:
    """Fields that only some kinds have."""
    from demo.loading.blocks import stored

    if isinstance(page, ChapterPage):
        page.footnotes = [
            (b["type"], b["value"]) for b in (stored("note", _note(t)) for t in told.get("footnotes", []))
        ]
    if isinstance(page, GuidePage):
        page.references = [
            ("reference", {"text": ref["text"], "url": ref.get("url", "")})
            for ref in told.get("references", [])
        ]
    if "tips" in told:
        page.tips = stream(told["tips"], library)
    if told.get("chapters") and hasattr(page, "chapters"):
        page.chapters = chapters(told["chapters"], library)


def _note(text: str):
    from wagtail.rich_text import RichText

    return RichText(f"<p>{text}</p>")


def chapters(tolds: list[Told], library: Library) -> str:
    """A module's chapters as its stream field takes them."""
    import json

    from demo.loading.blocks import stored, stored_blocks

    return json.dumps(
        [
            stored("chapter", {"title": told["title"], "body": stored_blocks(told["body"], library)})
            for told in tolds
        ]
    )


def publish(page: ContentPage, told: Told) -> None:
    """Save and publish a page, on the day its text names where it names one; letters are published by sending."""
    if told.get("status") in {"draft", "scheduled"} and "subject" in told:
        page.live = False
        page.save()
        page.save_revision()
        return
    day = told.get("date") or told.get("published") or told.get("sent_at") or timezone.now()
    moment = day if isinstance(day, datetime) else timezone.make_aware(datetime.combine(day, time(8)))
    page.live, page.first_published_at, page.last_published_at = True, moment, moment
    # What publishing leaves behind, without reading the page back from its revision and checking it a second time.
    revision = page.live_revision = page.save_revision(changed=False)
    Revision.objects.filter(pk=revision.pk).update(created_at=moment)
    page.latest_revision_created_at = moment
    page.save(clean=False)
    log(instance=page, action="wagtail.publish", revision=revision, content_changed=True)
    page_published.send(sender=type(page), instance=page, revision=revision)
