"""Tags and filters of the letters' e-mail templates."""

import textwrap

from django import template
from django.utils.safestring import SafeString, mark_safe
from wagtail.rich_text import expand_db_html

from core.templatetags.portal_tags import shortened
from newsletters import plain_text
from newsletters.pictures import MailPicture, mail_rendition
from newsletters.rendering import absolute_address, absolute_addresses

register = template.Library()
register.filter(shortened)


@register.filter
def mail_text(value) -> SafeString:
    """Rich text as HTML whose links lead to this site from anywhere."""
    # Written in the editor and stored as Wagtail's own whitelisted markup.
    return mark_safe(absolute_addresses(expand_db_html(value.source)))  # noqa: S308


@register.filter(name="plain_text")
def plain_text_filter(value) -> str:
    """Rich text as wrapped paragraphs; addresses stand under the paragraph that names them."""
    return plain_text.from_html(absolute_addresses(expand_db_html(value.source)))


@register.filter
def absolute_url(address: str) -> str:
    """An address with scheme and host."""
    return absolute_address(address)


@register.filter
def wrapped(text: str, indent: int) -> str:
    """Text broken at the letter's width, every line indented by so many spaces."""
    return plain_text.wrap(text, indent=" " * indent)


@register.filter
def quoted(text: str) -> str:
    """Text as mail programs mark a quotation."""
    return plain_text.wrap(text, indent="> ")


@register.filter
def underlined(text: str, level: str) -> str:
    """A heading with a line under it: heavy for the title, light for the rest, none for sub-headings."""
    lines = textwrap.wrap(str(text), plain_text.WIDTH)
    sign = {"1": "=", "2": "-"}.get(str(level), "")
    return "\n".join([*lines, sign * max(map(len, lines), default=0)]).rstrip()


@register.filter
def one_line(text: str) -> str:
    """An address of several lines on one."""
    return ", ".join(line.strip(" ,") for line in str(text).splitlines() if line.strip())


@register.simple_tag
def mail_picture(image, width: int, height: int = 0) -> MailPicture | None:
    """A picture as mail programs can show it, or None."""
    return mail_rendition(image, width, height)


@register.simple_tag
def card_page(page):
    """A page as a letter may name it, with its `url` absolute; None when readers cannot open it."""
    if page is None or not page.live or page.get_view_restrictions().exists():
        return None
    specific = page.specific
    names = ("title", "lead", "picture", "start", "end", "place", "is_digital")
    shown = {name: getattr(specific, name, "") for name in names}
    return {**shown, "url": absolute_address(specific.url or "")} if specific.url else None
