"""Parts that look the same wherever they stand: a page's card, a picture, a person.

Each is written once per process until something is published (`core.parts`), and anew for previews and mails.
"""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.parts import kept
from core.pictures import ready_renditions
from core.templatetags.portal_tags import card_date

register = template.Library()


def _written(context, name: str, key: tuple, **values) -> SafeString:
    """Return `components/<name>.html` filled with the values; `key` is all that its text depends on."""
    written: dict[tuple, SafeString] = kept(f"written {name}", dict)
    key = (get_language(), *key)
    if key not in written:
        ready_renditions([values.get("image")])
        written[key] = render_to_string(f"components/{name}.html", values, context.get("request"))
    return written[key]


@register.simple_tag(takes_context=True)
def card(
    context,
    page,
    level=3,
    *,
    date="",
    foot="",
    loading="lazy",
    hide_type=False,
    hide_picture=False,
    wide=False,
) -> SafeString:
    """A page as a card. `level` is its heading's; `foot` and `date` are texts (no `date`: the page's own)."""
    how = {
        "level": level or 3,
        "when": str(date or card_date(page)),
        "foot": str(foot or ""),
        "loading": loading,
        "hide_type": bool(hide_type),
        "hide_picture": bool(hide_picture),
        "wide": bool(wide),
    }
    return _written(context, "card", (page.pk, *how.values()), page=page, **how)


@register.simple_tag(takes_context=True)
def picture(context, image, alt="", caption="", *, hero=False) -> SafeString:
    """A picture with its sizes known; `hero` loads at once. Nothing without one."""
    if not image:
        return SafeString("")
    how = {"alt": str(alt or ""), "caption": str(caption or ""), "hero": hero}
    return _written(context, "picture", (image.pk, *how.values()), image=image, **how)


@register.simple_tag(takes_context=True)
def page_picture(context, page, *, hero=False) -> SafeString:
    """The page's own picture, where it has one."""
    return picture(context, page.picture, page.picture_alt, hero=hero)


@register.simple_tag(takes_context=True)
def person(context, role) -> SafeString:
    """A staff role: portrait or initials, name, and how to reach it (the service's own address where it has none)."""
    address = role.email or getattr(context.get("service"), "email", "")
    return _written(context, "person", (role.pk, address), role=role, address=address)
