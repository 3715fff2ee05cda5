"""Tags and filters of the public templates; docs/frontend.md lists them."""

import time

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Site

from core.icons import ICONS
from core.navigation import Crumb, MenuItem, breadcrumbs, main_menu, place_in_menu
from core.parts import note_start
from core.pictures import ready_renditions
from core.structured import as_script, structured_data

register = template.Library()


def _site(context) -> Site | None:
    request = context.get("request")
    return Site.find_for_request(request) if request is not None else None


@register.simple_tag(takes_context=True, name="main_menu")
def main_menu_tag(context) -> list[MenuItem]:
    """The menu's two levels, with the shown page marked."""
    return main_menu(_site(context), context.get("page"))


@register.simple_tag(takes_context=True, name="place_in_menu")
def place_in_menu_tag(context) -> str:
    """What the menu's marks depend on, for remembering the header."""
    return place_in_menu(_site(context), context.get("page"))


@register.simple_tag(takes_context=True)
def parts_version(context) -> str:
    """The generation under which `{% cache %}` may remember a part of the page; without one, never the same twice."""
    request = context.get("request")
    if request is not None and not getattr(request, "is_preview", False):
        # A form or a log-in page: nobody has noted its beginning.
        note_start(request)
    generation = getattr(request, "page_generation", "")
    if not generation or getattr(request, "is_preview", False):
        return f"not remembered {time.perf_counter_ns()}"
    return generation


@register.simple_tag(takes_context=True, name="breadcrumbs")
def breadcrumbs_tag(context) -> list[Crumb]:
    """The steps above the shown page; a view that is no page gives its own as `crumbs`."""
    if "crumbs" in context:
        return context["crumbs"]
    return breadcrumbs(_site(context), context.get("page"))


@register.simple_tag
def icon(name: str, css_class: str = "") -> SafeString:
    """A decorative icon; the text beside it carries the meaning."""
    classes = f"tp-icon {css_class}".strip()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        classes,
        mark_safe(ICONS[name]),  # noqa: S308 - our own drawings
    )


@register.simple_tag
def picture_of(page):
    """The page's picture with its renditions at hand (at most 1 query more), or None."""
    picture = getattr(page, "picture", None)
    if picture is not None:
        ready_renditions([picture])
    return picture


@register.simple_tag(takes_context=True)
def absolute(context, address: str) -> str:
    """An address with scheme and host, for search engines and sharing."""
    if address.startswith(("http://", "https://")):
        return address
    site = _site(context)
    base = settings.SITE_URL if site is None or settings.SITE_URL else site.root_url
    return f"{base}{address}"


@register.simple_tag(takes_context=True, name="structured_data")
def structured_data_tag(context) -> str:
    """The shown page's schema.org block; nothing for a view that is no page."""
    page, service = context.get("page"), context.get("service")
    if not hasattr(page, "schema_type") or service is None or not page.pk:
        return ""
    return as_script(structured_data(page, service))


@register.simple_tag(takes_context=True)
def page_query(context, **changes) -> str:
    """The shown address's query with some values replaced; None removes one. Begins with "?"."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = value
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def type_label(page) -> str:
    """The page type's name for readers, also when the page is read as its base type."""
    cls = (getattr(page, "cached_content_type", None) and page.specific_class) or type(page)
    label = str(getattr(cls, "type_label", "") or cls._meta.verbose_name)
    return label[:1].upper() + label[1:]


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = [word for word in str(name).replace("-", " ").split() if word[0].isalpha()]
    if not words:
        return ""
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def period(start, end=None) -> str:
    """When something is, in words: "12. mars 2026 kl. 09.00–15.30", "7.–8. mai 2026"."""
    if not start:
        return ""
    if not hasattr(start, "hour"):
        return _days(start, end or start)
    start = timezone.localtime(start)
    end = timezone.localtime(end) if end else start
    if end.date() != start.date():
        return _days(start, end)
    clock = date_format(start, "H.i") + (f"–{date_format(end, 'H.i')}" if end > start else "")
    return f"{date_format(start, 'j. F Y')} kl. {clock}"


def _days(start, end) -> str:
    """One day or several, without saying month and year twice."""
    last = date_format(end, "j. F Y")
    if (start.year, start.month, start.day) == (end.year, end.month, end.day):
        return last
    if (start.year, start.month) == (end.year, end.month):
        return f"{date_format(start, 'j.')}–{last}"
    return f"{date_format(start, 'j. F' if start.year == end.year else 'j. F Y')}–{last}"


@register.filter
def card_date(page) -> str:
    """The date a card shows: an article's or a letter's day, an event's time; nothing for undated types."""
    day = getattr(page, "date", None)
    if day:
        return date_format(day)
    return period(getattr(page, "start", None), getattr(page, "end", None))


@register.filter
def shortened(text: str, length: int) -> str:
    """A text of at most so many signs, cut between words; "…" tells that more follows."""
    plain = " ".join(str(text).split())
    return (
        plain
        if len(plain) <= length
        else f"{plain[: length - 1].rpartition(' ')[0] or plain[: length - 2]} …"
    )


@register.filter
def unbroken(phone: str) -> str:
    """A phone number that stays on one line."""
    return str(phone).replace(" ", "\xa0")


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that may break before its @, where it hurts least."""
    return (
        format_html("{}<wbr>@{}", *str(address).split("@", 1))
        if "@" in str(address)
        else format_html("{}", address)
    )


@register.filter
def lookup(mapping, key):
    """The value of a key that is itself a variable, or None."""
    return mapping.get(key) if mapping else None


@register.filter
def page_numbers(paginator, current: int) -> list[int]:
    """The numbers a list of pages shows around the current one; 0 stands for a gap."""
    last = paginator.num_pages
    wanted = sorted({1, last, *range(max(1, current - 1), min(last, current + 1) + 1)})
    numbers: list[int] = []
    for number in wanted:
        if numbers and number - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(number)
    return numbers
