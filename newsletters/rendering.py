"""A letter as mail: HTML made from MJML with inlined styles, and a text part written for reading. Slots stay open."""

import re
import textwrap
from dataclasses import dataclass
from functools import lru_cache

import css_inline
import mrml
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from wagtail.models import Site

from core.models import ServiceSettings
from newsletters.colours import chosen_colour, dark_colours, light_colours
from newsletters.slots import MARKS

RELATIVE = re.compile(r'\b(href|src)="(/[^"]*)"')
PICTURE = re.compile(r'(<img\b[^>]*?\s)src="[^"]*"')
# Cells for Outlook, whose Word engine goes by the attribute.
CELL = re.compile(r'<td((?: class="[^"]*")?) style="(?=[^"]*(?<![-\w])width:(\d+)px)')
ATTRIBUTE_WITH_UNIT = re.compile(r'(<t[^>]*? width="\d+)px"')
BLANK_LINES = re.compile(r"\n{3,}")
RESETS = '<style type="text/css">\n#outlook a'
PREHEADER_LENGTH = 150
# Nothing to see, but room: without it programs go on with the letter's first words after the preheader.
FILLER = "\u034f\u200c\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class RenderedLetter:
    """A letter's two parts with open slots."""

    html: str
    text: str
    subject: str
    preheader: str

    @property
    def size(self) -> int:
        """Bytes of the HTML part; Gmail cuts at about 100,000."""
        return len(self.html.encode())


def absolute_address(address: str) -> str:
    """Return an address of this site with scheme and host; others as they are."""
    return f"{settings.SITE_URL}{address}" if address.startswith("/") and address[1:2] != "/" else address


def absolute_addresses(html: str) -> str:
    """Return HTML whose links and pictures name scheme and host."""
    return RELATIVE.sub(lambda found: f'{found.group(1)}="{absolute_address(found.group(2))}"', html)


def render_letter(letter, *, delivery=None, browser: str = "") -> RenderedLetter:
    """Return the letter as mail in its own language; `browser` is the address of its copy, without one the page's."""
    with translation.override(letter.interface_language):
        context = _context(letter, delivery, browser)
        html = _to_html(context, letter)
        text = _to_text(context, letter)
    return RenderedLetter(html, text, letter.subject_line, context["preheader"])


def without_pictures(html: str) -> str:
    """Return the letter as a mail program shows it before the reader lets pictures through."""
    return PICTURE.sub(r'\1src="data:,"', html)


def fill(text: str, values: dict[str, str]) -> str:
    """Fill a frozen text's slots for showing on a page; the values must be escaped by the caller where it is HTML."""
    for name, mark in MARKS.items():
        text = text.replace(mark, values[name])
    return text


def _context(letter, delivery, browser: str = "") -> dict:
    from newsletters.pictures import band_rendition, hero_rendition, logo_rendition

    site = Site.objects.filter(is_default_site=True).first()
    service = ServiceSettings.for_site(site)
    series = delivery.series if delivery else letter.series
    if delivery:
        browser = reverse("newsletters:browser_copy", args=[delivery.key])
    greeting = (delivery or series).greeting if (delivery or series) else ""
    accent = chosen_colour(service, series)
    preheader = textwrap.shorten(letter.preheader or letter.lead, PREHEADER_LENGTH, placeholder=" …")
    return {
        "letter": letter,
        "language": letter.language,
        "series": series,
        "service": service,
        "light": light_colours(accent),
        "dark": dark_colours(accent),
        "logo": logo_rendition(series, service),
        "band": band_rendition(series),
        "picture": hero_rendition(letter.picture, alt=letter.picture_alt),
        "preheader": preheader,
        "filler": FILLER * (PREHEADER_LENGTH - len(preheader)),
        "browser_url": absolute_address(browser or letter.url or "/"),
        "privacy_url": absolute_address(service.privacy_page.url or "") if service.privacy_page else "",
        "has_greeting": bool(greeting),
        # Marks, not texts from anyone: they must survive escaping.
        "slots": {name: mark_safe(mark) for name, mark in MARKS.items()},  # noqa: S308
    }


def _body(letter, context: dict, suffix: str) -> list[str]:
    """Return each block through its e-mail template; blocks without one are left out."""
    pieces = []
    for child in letter.body:
        name = getattr(child.block.meta, "email_template", "")
        if name:
            values = {**context, "value": child.value}
            pieces.append(render_to_string(name.removesuffix(".mjml") + suffix, values))
    return pieces


def _to_html(context: dict, letter) -> str:
    body = "".join(_body(letter, context, ".mjml"))
    source = render_to_string(
        "newsletters/email/letter.mjml",
        {**context, "body": mark_safe(body)},  # noqa: S308 - rendered by our own templates just above
    )
    # No fonts: MRML would otherwise fetch one from a third party.
    page = mrml.to_html(source, render_options=mrml.RenderOptions(fonts={})).content
    page = ATTRIBUTE_WITH_UNIT.sub(r'\1"', CELL.sub(r'<td\1 width="\2" style="', page))
    # MRML's own resets work from the head; on every one of its tables they would only swell the letter.
    page = page.replace(RESETS, RESETS.replace("<style ", '<style data-css-inline="ignore" '), 1)
    return absolute_addresses(_inliner().inline(page))


def _to_text(context: dict, letter) -> str:
    blocks = (piece.strip("\n") for piece in _body(letter, context, ".txt"))
    body = "\n\n".join(piece for piece in blocks if piece.strip())
    text = render_to_string("newsletters/email/letter.txt", {**context, "body": body})
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return BLANK_LINES.sub("\n\n", lines).strip() + "\n"


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    """Style tags stay, since only they can hold the rules for phones and dark mode; nothing is fetched."""
    return css_inline.CSSInliner(
        keep_style_tags=True, keep_at_rules=True, minify_css=True, load_remote_stylesheets=False
    )
