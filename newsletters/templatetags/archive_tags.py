"""Tags of the public archive's pages."""

from django import template
from django.core.paginator import Page as ListPage
from django.core.paginator import Paginator

from core.cards import with_cards
from newsletters.models import LetterArchivePage, LetterPage
from newsletters.views.answers import address_in_language

register = template.Library()
PER_PAGE = 24


@register.simple_tag
def letters_of(archive: LetterArchivePage, request) -> ListPage:
    """The archive's letters and those of the archives below it, newest first."""
    rows = LetterPage.objects.live().public().descendant_of(archive)
    ordered = rows.order_by("-year", "-number", "-first_published_at")
    return Paginator(with_cards(ordered), PER_PAGE).get_page(request.GET.get("side"))


@register.simple_tag
def archives_below(archive: LetterArchivePage) -> list[LetterArchivePage]:
    """The archives of single series below this one."""
    return list(LetterArchivePage.objects.live().public().child_of(archive).select_related("series"))


@register.simple_tag
def neighbours(letter: LetterPage) -> dict[str, LetterPage | None]:
    """The letters before and after this one in its series."""
    beside = LetterPage.objects.live().public().sibling_of(letter, inclusive=False)
    ordered = beside.order_by("year", "number")
    earlier = ordered.filter(year=letter.year, number__lt=letter.number) | ordered.filter(
        year__lt=letter.year
    )
    later = ordered.filter(year=letter.year, number__gt=letter.number) | ordered.filter(year__gt=letter.year)
    return {"earlier": earlier.last(), "later": later.first()}


@register.simple_tag
def signup_address(series) -> str:
    """Where readers sign up for a series, or for any, in the page's language."""
    if series is None:
        return address_in_language("signup")
    return address_in_language("signup_series", series.slug) if series.is_public else ""
