"""schema.org data of a page, as search engines read it."""

from typing import Any

from django.conf import settings
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

_ARTICLES = {"NewsArticle", "ScholarlyArticle", "Report", "MedicalWebPage"}
# Which property names the service behind the page: a work has a publisher, a gathering an organiser, a group a parent.
_OWNER = {
    "Event": "organizer",
    "Organization": "parentOrganization",
    "ResearchProject": "parentOrganization",
}


def structured_data(page: Page, service) -> dict[str, Any]:
    """Return the page's JSON-LD. A page type adds its own by a method `structured_data()` (dates, places, authors)."""
    owner = {"@type": "MedicalOrganization", "name": service.service_name, "url": settings.SITE_URL}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": page.schema_type,
        "name": page.title,
        "url": page.full_url,
        _OWNER.get(page.schema_type, "publisher"): owner,
    }
    if page.lead:
        data["description"] = page.lead
    if page.schema_type not in _OWNER:
        data.update(_of_a_work(page, owner))
    if page.schema_type == "WebSite":
        data["name"] = service.service_name
        data["potentialAction"] = {
            "@type": "SearchAction",
            "target": f"{settings.SITE_URL}/sok/?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        }
    own = getattr(page, "structured_data", None)
    if callable(own):
        data.update(own())
    return data


def _of_a_work(page: Page, owner: dict[str, str]) -> dict[str, Any]:
    """What schema.org knows of something written; the service stands as author and provider where nobody else does."""
    data: dict[str, Any] = {"inLanguage": page.language}
    if page.schema_type in _ARTICLES:
        data["headline"] = page.title[:110]
        data["author"] = owner
    if page.schema_type == "Course":
        data["provider"] = owner
    if page.first_published_at:
        data["datePublished"] = page.first_published_at.isoformat()
    if page.last_published_at:
        data["dateModified"] = page.last_published_at.isoformat()
    if page.schema_type == "MedicalWebPage" and page.last_reviewed:
        data["lastReviewed"] = page.last_reviewed.isoformat()
    return data


def as_script(data: dict[str, Any]) -> SafeString:
    """Return the data as a script block that browsers do not run; "<", ">" and "&" are escaped."""
    block = json_script(data)
    return mark_safe(block.replace('type="application/json"', 'type="application/ld+json"', 1))  # noqa: S308
