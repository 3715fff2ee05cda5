"""Suggestions while typing: pages, terms and public staff roles whose title holds a word with this beginning."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery
from wagtail.models import Site

from core.models import ContactPage, ContentPage, GlossaryTerm, StaffRole
from core.search.terms import words_of

MOST = 7


def suggest(text: str, site: Site) -> list[dict[str, Any]]:
    """Return at most 7 suggestions as title, address ("" searches for the title) and kind."""
    words = words_of(text)
    if not words or len(text.strip()) < 2:
        return []
    beginning = SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple")
    pages = (
        ContentPage.objects.live()
        .public()
        .descendant_of(site.root_page)
        .filter(index_entries__autocomplete=beginning)
        .order_by("title")[:MOST]
    )
    found = [
        {"title": page.title, "url": page.url, "type": str(page.specific_class._meta.verbose_name)}
        for page in pages
    ]
    terms = GlossaryTerm.objects.filter(index_entries__autocomplete=beginning)[: MOST - len(found)]
    found += [{"title": term.term, "url": "", "type": str(term._meta.verbose_name)} for term in terms]
    roles = StaffRole.objects.filter(is_public=True, index_entries__autocomplete=beginning)
    found += _with_address(list(roles[: MOST - len(found)]), site)
    return found


def _with_address(roles: Sequence[StaffRole], site: Site) -> list[dict[str, Any]]:
    """Readers find the roles on the contact page; where there is none, the role's title is searched for."""
    if not roles:
        return []
    contact = ContactPage.objects.live().public().descendant_of(site.root_page).first()
    url = contact.url if contact else ""
    return [{"title": role.title, "url": url, "type": str(role._meta.verbose_name)} for role in roles]
