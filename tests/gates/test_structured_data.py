"""What every page type tells search engines: known types of schema.org, with the properties they ask for and no others.

The tables hold what is needed here of schema.org (version 29) and of the properties without which a search engine
passes an event, a course or an article by. The vocabulary itself lies elsewhere and is not fetched.
"""

import json
import re
from datetime import date, datetime
from typing import Any

import pytest

from tests.gates.addresses import FORMS, PAGE_TYPES
from tests.structured import structured_data

THING = {
    "@context",
    "@type",
    "name",
    "url",
    "description",
    "sameAs",
    "identifier",
    "image",
    "potentialAction",
}
WORK = THING | {
    *("inLanguage", "publisher", "author", "headline", "datePublished", "dateModified", "timeRequired"),
    "provider",
}
GROUP = THING | {"parentOrganization", "foundingDate", "dissolutionDate", "member", "funder"}
GATHERING = THING | {
    *("startDate", "endDate", "location", "eventStatus", "eventAttendanceMode", "organizer", "inLanguage"),
    *("maximumAttendeeCapacity", "isAccessibleForFree"),
}
KNOWN = {
    "WebSite": WORK,
    "WebPage": WORK | {"lastReviewed"},
    "MedicalWebPage": WORK | {"lastReviewed"},
    "CollectionPage": WORK | {"lastReviewed"},
    "ContactPage": WORK | {"lastReviewed"},
    "NewsArticle": WORK,
    "Article": WORK,
    "ScholarlyArticle": WORK,
    "Report": WORK,
    "DefinedTermSet": WORK,
    "Course": WORK,
    "LearningResource": WORK,
    "Event": GATHERING,
    "Organization": GROUP,
    "ResearchProject": GROUP,
    "MedicalOrganization": GROUP,
    "Person": THING,
    "Place": THING | {"address"},
    "VirtualLocation": THING,
    "PropertyValue": THING | {"propertyID", "value"},
    "SearchAction": THING | {"target", "query-input"},
}
NEEDED = {
    "WebSite": {"name", "url", "potentialAction"},
    "MedicalWebPage": {"name", "headline", "url", "publisher", "inLanguage", "datePublished", "dateModified"},
    "NewsArticle": {"headline", "author", "publisher", "datePublished"},
    "ScholarlyArticle": {"headline", "author", "publisher", "datePublished"},
    "Report": {"headline", "author", "publisher", "datePublished"},
    "Course": {"name", "description", "provider"},
    "Event": {"name", "startDate", "endDate", "location", "eventStatus", "eventAttendanceMode", "organizer"},
    "Place": {"name", "address"},
    "VirtualLocation": {"url"},
    "Person": {"name"},
    "Organization": {"name"},
}
OF_PAGE_TYPES = {
    "core.HomePage": {"WebSite"},
    "core.ArticlePage": {"NewsArticle"},
    "core.GuidePage": {"MedicalWebPage"},
    "core.ChapterPage": {"MedicalWebPage"},
    "core.TopicPage": {"MedicalWebPage"},
    "publications.PublicationPage": {"ScholarlyArticle", "Report"},
    "events.EventPage": {"Event"},
    "elearning.CoursePage": {"Course"},
    "projects.ProjectPage": {"ResearchProject"},
    "networks.NetworkPage": {"Organization"},
}
MOMENTS = {"datePublished", "dateModified", "startDate", "endDate", "lastReviewed"}
DURATION = re.compile(r"^PT\d+M$")


def faults_of(value: Any, where: str = "") -> list[str]:
    """What is wrong with a node of the data and all nodes below it."""
    if isinstance(value, list):
        return [fault for entry in value for fault in faults_of(entry, where)]
    if not isinstance(value, dict):
        return []
    kind = value.get("@type")
    if kind not in KNOWN:
        return [f"{where or 'the page'}: {kind!r} is no type we know"]
    found = [f"{kind}: no property {name!r}" for name in sorted(value.keys() - KNOWN[kind])]
    found += [f"{kind}: {name!r} is missing" for name in sorted(NEEDED.get(kind, set()) - value.keys())]
    for name, entry in value.items():
        if entry in ("", None, [], {}):
            found.append(f"{kind}: {name!r} is empty")
        if name in MOMENTS and not _is_moment(entry):
            found.append(f"{kind}: {name!r} is no date: {entry!r}")
        if name == "timeRequired" and not DURATION.match(entry):
            found.append(f"{kind}: {entry!r} is no duration")
        found += faults_of(entry, name)
    return found


def _is_moment(text: str) -> bool:
    """A year, a day, or a moment with its time zone."""
    if re.fullmatch(r"\d{4}", text):
        return True
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return bool(date.fromisoformat(text))
    return datetime.fromisoformat(text).tzinfo is not None


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_page_tells_what_it_is_in_words_search_engines_know(kind, page_of, portal):
    path = page_of[kind]["path"]
    data = structured_data(portal.get(path).text)
    assert data["@context"] == "https://schema.org"
    assert data["@type"] in OF_PAGE_TYPES.get(kind, set(KNOWN))
    assert data["url"] == portal.address + path
    assert faults_of(data) == []
    if "inLanguage" in data:
        assert data["inLanguage"] == page_of[kind]["language"]


def test_every_event_course_and_publication_of_the_demo_has_what_is_needed(portal):
    """More than the one page of each type: an event without a place, a course of others, a report without authors."""
    sitemap = portal.get("/sitemap.xml").text
    paths = re.findall(
        rf"<loc>{re.escape(portal.address)}(/(?:arrangementer|kurs|publikasjoner)/[^<]+)", sitemap
    )
    assert len(paths) > 30
    faults = {path: faults_of(structured_data(portal.get(path).text)) for path in paths}
    assert {path: found for path, found in faults.items() if found} == {}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_or_notice_tells_search_engines_nothing(form, facts, portal):
    assert "ld+json" not in portal.get(facts["forms"][form]).text


def test_the_judge_itself_finds_what_is_wrong():
    wrong = {
        "@type": "Event",
        "name": "Samling",
        "publisher": {"@type": "Banana"},
        "startDate": "2026-05-07T09:00:00",
        "location": [{"@type": "Place", "name": ""}],
    }
    said = "\n".join(faults_of(json.loads(json.dumps(wrong))))
    for part in (
        "no property 'publisher'",
        "'Banana'",
        "'endDate' is missing",
        "is no date",
        "'name' is empty",
    ):
        assert part in said
