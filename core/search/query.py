"""One query over the search index: hits of every kind, ranked, counted by kind and topic, with excerpts."""

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Site, get_page_models

from core.cards import cards_of
from core.models import ContentPage, GlossaryTerm, PortalDocument, StaffRole
from core.search.terms import query_parts, synonym_groups
from core.site_pages import closed_paths

PAGE_SIZE = 10
# Kinds that are no pages; the rest are page types, named by their model.
OTHER_MODELS = {"document": PortalDocument, "glossary": GlossaryTerm, "role": StaffRole}
# Marks around found words: control characters that no text holds, replaced after escaping.
START, STOP = "\x02", "\x03"
HEADLINE = (
    f"StartSel={START}, StopSel={STOP}, MaxWords=34, MinWords=18, MaxFragments=2, FragmentDelimiter= … "
)

# Each part of the query in title or text. Asked one by one: joining title and text of every row to ask once takes four
# times as long, and the index that answers it is one that PostgreSQL leaves aside for a common word.
# A part that is nothing but a word like "for", which the index leaves out, asks for nothing.
PART = (
    "(numnode(to_tsquery('norwegian', %({name})s)) = 0"
    " OR e.title @@ to_tsquery('norwegian', %({name})s) OR e.body @@ to_tsquery('norwegian', %({name})s))"
)

# One statement for hits and counts, so that what matches is found and ranked once. The rank stands in the first part,
# texts only in the last one: many pages match, few are shown.
STATEMENT = """
WITH matches AS MATERIALIZED (
  SELECT e.id, e.content_type_id, p.id AS page_id,
    ts_rank(e.title, to_tsquery('norwegian', %(tsquery)s), 1) * 4 * e.title_norm
      + ts_rank(e.body, to_tsquery('norwegian', %(tsquery)s), 1) AS score
  FROM wagtailsearch_indexentry e
  LEFT JOIN wagtailcore_page p ON e.content_type_id = ANY(%(page_types)s) AND p.id = e.object_id::integer
  LEFT JOIN core_staffrole r ON e.content_type_id = %(role)s AND r.id = e.object_id::bigint
  LEFT JOIN core_portaldocument d ON e.content_type_id = %(document)s AND d.id = e.object_id::integer
  WHERE numnode(to_tsquery('norwegian', %(tsquery)s)) > 0 AND {parts}
    AND (
      (p.live AND p.path LIKE %(root)s AND NOT p.path LIKE ANY(%(hidden)s))
      OR r.is_public
      OR (d.id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM wagtailcore_collectionviewrestriction v
        JOIN wagtailcore_collection closed ON closed.id = v.collection_id
        JOIN wagtailcore_collection own ON own.id = d.collection_id
        WHERE own.path LIKE closed.path || '%%'))
      OR e.content_type_id = %(glossary)s
    )
), chosen AS MATERIALIZED (
  SELECT * FROM matches m
  WHERE (%(type)s::integer IS NULL OR content_type_id = %(type)s)
    AND (%(topic)s::integer IS NULL OR EXISTS (
      SELECT 1 FROM core_contentpage_topics t WHERE t.contentpage_id = m.page_id AND t.topicpage_id = %(topic)s))
), shown AS (
  SELECT id, page_id, row_number() OVER (ORDER BY score DESC, id) AS place
  FROM chosen ORDER BY score DESC, id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT 'hit' AS row, e.content_type_id AS key, place AS n, e.object_id,
  ts_headline('norwegian', coalesce(p.title, e.title_text), q, %(title_style)s),
  ts_headline('norwegian', left(e.body_text, 20000), q, %(body_style)s)
FROM shown JOIN wagtailsearch_indexentry e USING (id) LEFT JOIN wagtailcore_page p ON p.id = shown.page_id
CROSS JOIN to_tsquery('norwegian', %(tsquery)s) AS q
UNION ALL SELECT 'total', 0, count(*), '', '', '' FROM chosen
UNION ALL SELECT 'type', content_type_id, count(*), '', '', '' FROM matches GROUP BY content_type_id
UNION ALL SELECT 'topic', t.topicpage_id, count(*), '', '', '' FROM matches m
  JOIN core_contentpage_topics t ON t.contentpage_id = m.page_id GROUP BY t.topicpage_id
ORDER BY 1, 3
"""


@dataclass
class Hit:
    """One result: the object, its kind ("articlepage", "document" …), title and excerpt with <mark>."""

    kind: str
    content_type_id: int
    object_id: str
    title: SafeString
    excerpt: SafeString
    object: Any = None


@dataclass
class Results:
    """A page of hits with the counts over all of them."""

    hits: list[Hit]
    total: int
    types: list[tuple[ContentType, int]]
    topics: list[tuple[int, int]]


def _marked(text: str | None) -> SafeString:
    escaped = escape(text or "").replace(START, "<mark>").replace(STOP, "</mark>")
    return mark_safe(escaped)  # noqa: S308 - escaped above; only our own marks are added


def _parameters(text: str, site: Site) -> dict[str, Any] | None:
    parts = query_parts(text, synonym_groups(site))
    if not parts:
        return None
    page_models = [model for model in get_page_models() if issubclass(model, ContentPage)]
    types = ContentType.objects.get_for_models(*page_models, *OTHER_MODELS.values())
    return {
        "tsquery": " & ".join(parts),
        "parts": parts,
        "page_types": [types[model].pk for model in page_models],
        "root": f"{site.root_page.path}%",
        # LIKE ANY of an empty list is false for every page, which is what is meant.
        "hidden": [f"{path}%" for path in closed_paths()],
        **{name: types[model].pk for name, model in OTHER_MODELS.items()},
    }


def search(
    text: str, site: Site, *, type_id: int | None = None, topic_id: int | None = None, page: int = 1
) -> Results:
    """Find what readers may see; counts are over all hits, filters narrow the list only."""
    parameters = _parameters(text, site)
    if parameters is None:
        return Results([], 0, [], [])
    parameters |= {
        "type": type_id,
        "topic": topic_id,
        "limit": PAGE_SIZE,
        "offset": (page - 1) * PAGE_SIZE,
        "title_style": f"StartSel={START}, StopSel={STOP}, HighlightAll=true",
        "body_style": HEADLINE,
    }
    parts = {f"part{number}": part for number, part in enumerate(parameters.pop("parts"))}
    statement = STATEMENT.replace("{parts}", " AND ".join(PART.format(name=name) for name in parts))
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters | parts)
        rows: dict[str, list[tuple]] = {}
        for kind, *row in cursor:
            rows.setdefault(kind, []).append(row)
    hits = [
        Hit(_kind(type_id), type_id, object_id, _marked(title), _marked(excerpt))
        for type_id, _place, object_id, title, excerpt in rows.get("hit", [])
    ]
    _attach_objects(hits)
    types = [(ContentType.objects.get_for_id(key), n) for key, n, *_none in rows.get("type", [])]
    topics = [(key, n) for key, n, *_none in rows.get("topic", [])]
    return Results(
        hits=[hit for hit in hits if hit.object is not None],
        total=rows["total"][0][1],
        types=sorted(types, key=lambda pair: -pair[1]),
        topics=sorted(topics, key=lambda pair: -pair[1]),
    )


def _kind(type_id: int) -> str:
    model = ContentType.objects.get_for_id(type_id).model_class()
    return next((name for name, other in OTHER_MODELS.items() if other is model), model._meta.model_name)


def _attach_objects(hits: list[Hit]) -> None:
    """Read the found objects: one query for all pages, one for each other kind."""
    wanted: dict[type, list[Hit]] = {}
    for hit in hits:
        wanted.setdefault(OTHER_MODELS.get(hit.kind, ContentPage), []).append(hit)
    for model, group in wanted.items():
        keys = [int(hit.object_id) for hit in group]
        objects = cards_of(keys) if model is ContentPage else model.objects.in_bulk(keys)
        for hit in group:
            hit.object = objects.get(int(hit.object_id))
