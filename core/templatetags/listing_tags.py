"""Tags that fetch what a template lists. Each docstring says how many queries it costs."""

from django import template
from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail.rich_text import RichText, expand_db_html

from core import guides, listings
from core.cards import cards_of
from core.charts import draw, number
from core.glossary import by_letter
from core.outline import Anchors, link_notes, outline
from core.pictures import ready_renditions
from core.tables import table_rows

register = template.Library()

register.simple_tag(listings.latest, name="latest_pages")
register.simple_tag(listings.topic_groups)
register.simple_tag(listings.topic_films)
register.simple_tag(listings.people_to_ask)
register.simple_tag(listings.public_roles)
register.simple_tag(listings.children, name="children_of")
register.simple_tag(listings.related, name="related_to")
register.simple_tag(listings.used_topics)
register.simple_tag(listings.article_list)
register.simple_tag(guides.chapters_of)
register.simple_tag(guides.place_of)
register.simple_tag(by_letter, name="glossary_by_letter")
register.simple_tag(draw, name="draw_chart")
register.simple_tag(outline, name="outline_of")
register.simple_tag(table_rows)
register.filter("chart_number", number)

# Where all pages of a kind stand, and what the link to them says.
KINDS = {
    "articles": ("/aktuelt/", _("All news")),
    "events": ("/arrangementer/", _("All events")),
    "publications": ("/publikasjoner/", _("All publications")),
    "guides": ("/veiledere/", _("All guides")),
    "topics": ("/tema/", _("All topics")),
}


@register.simple_tag
def all_of_kind(kind: str) -> dict[str, str]:
    """Address and text of the link to all pages of a kind."""
    url, text = KINDS[kind]
    return {"url": url, "text": str(text)}


@register.simple_tag
def leads_of(links) -> dict[int, str]:
    """The leads of the pages that links lead to, by the page's key (at most 1 query)."""
    pages = cards_of(link["page"].pk for link in links if link.get("page"))
    return {key: page.lead for key, page in pages.items()}


@register.simple_tag
def ready_cards(pages) -> list:
    """The chosen pages that are published, with pictures and renditions read at once (at most 2 queries)."""
    chosen = [page for page in pages if page is not None and page.live]
    ready_renditions(page.picture for page in chosen)
    return chosen


# Stands between texts that are read together; no editor can write it.
BETWEEN_TEXTS = "\x1e"


@register.simple_tag(takes_context=True)
def ready_pictures(context, body) -> str:
    """Read what the stream's blocks need at once: renditions, and pages that texts link to (at most 2 queries)."""
    images = [block.value["image"] for block in body if block.block_type == "picture"]
    ready_renditions(images)
    texts = [block.value.source for block in body if isinstance(block.value, RichText)]
    linked = [text for text in dict.fromkeys(texts) if "linktype=" in text and BETWEEN_TEXTS not in text]
    if len(linked) > 1:
        ready = expand_db_html(BETWEEN_TEXTS.join(linked)).split(BETWEEN_TEXTS)
        _shared(context, "_ready_texts", dict).update(zip(linked, ready, strict=True))
    return ""


@register.simple_tag
def ready_films(films) -> list:
    """The films with their still pictures and renditions read at once (at most 2 queries)."""
    films = list(films)
    prefetch_related_objects(films, "poster")
    ready_renditions(film.poster for film in films)
    return films


def _shared(context, name: str, kind: type):
    """Something that all blocks of one shown page have in common, kept on the request."""
    holder = context.get("request")
    if holder is None:
        return kind()
    if not hasattr(holder, name):
        setattr(holder, name, kind())
    return getattr(holder, name)


@register.simple_tag(takes_context=True)
def anchor(context, text: str, level: str = "") -> str:
    """A heading's anchor, unique on the shown page. A heading of the outline gives its level too."""
    anchors = _shared(context, "_anchors", Anchors)
    anchors.has_outline = anchors.has_outline or bool(level)
    return anchors.take(text)


@register.simple_tag(takes_context=True)
def box_level(context) -> int:
    """The heading level of a box: below the outline's headings, or in their place where there is none above."""
    below = 3 if _shared(context, "_anchors", Anchors).has_outline else 2
    return below + _shift(context)


@register.simple_tag(takes_context=True)
def new_part(context) -> str:
    """Begin a part with its own outline, such as a chapter of a guide on one page. Shows nothing."""
    _shared(context, "_anchors", Anchors).has_outline = False
    return ""


@register.simple_tag(takes_context=True)
def shifted(context, level: str | int) -> int:
    """A heading level, moved down where the text is part of a larger one (the guide on one page)."""
    return int(level) + _shift(context)


def _shift(context) -> int:
    return int(context.get("heading_shift") or 0)


@register.simple_tag(takes_context=True)
def rich(context, value) -> SafeString:
    """An editor's text as HTML, with links to the footnotes of the shown chapter."""
    source = getattr(value, "source", value) or ""
    ready = _shared(context, "_ready_texts", dict)
    html = ready[source] if source in ready else expand_db_html(source)
    chapter = context.get("chapter") or context.get("page")
    notes = getattr(chapter, "footnotes", None)
    if notes:
        prefix = context.get("note_prefix", "")
        html = link_notes(html, len(notes), prefix, _shared(context, "_notes", set))
    return mark_safe(html)  # noqa: S308 - Wagtail's editor lets only its own elements in
