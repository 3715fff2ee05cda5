"""The letter as it was sent, with the clicks drawn on it: every link carries its number, and none leads anywhere.

The frozen HTML is the source, so that what is drawn is what people got. Slots hold what nobody in particular would
get; the pixel, the link for machines and all addresses of links are taken out, so that looking at it counts nothing.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html

from newsletters.figure_text import share_text
from newsletters.links import ANCHOR, without_trap
from newsletters.models import Delivery
from newsletters.rendering import fill
from newsletters.slots import neutral_values
from newsletters.statistics import LetterFigures, LinkRow

# A picture kept here is shown from here, also when the site had another address on the day the letter was sent.
PICTURE = re.compile(r'(\bsrc=")https?://[^/"]+(/[^"]*")')
TARGET = re.compile(r'\s(?:target|rel)="[^"]*"', re.IGNORECASE)


def draw_link_map(figures: LetterFigures) -> str:
    """Return the frozen letter as a page of its own with a mark by each link; "" when there is nothing frozen."""
    delivery = figures.delivery
    if not delivery.html:
        return ""
    values: dict[str, str] = {name: escape(value) for name, value in neutral_values(delivery).items()}
    html = fill(without_trap(delivery.html), values)
    html = ANCHOR.sub(_drawing(delivery, figures), html)
    html = PICTURE.sub(_from_here, html)
    style = render_to_string("newsletters/admin/link_map_style.html")
    return html.replace("</head>", f"{style}</head>", 1)


def _from_here(found: re.Match) -> str:
    start, path = found.groups()
    return f"{start}{path}" if path.startswith(settings.MEDIA_URL) else found.group()


def _drawing(delivery: Delivery, figures: LetterFigures) -> Callable[[re.Match], str]:
    """Return what takes a link's address away and puts its mark behind it."""
    number = re.compile(re.escape(reverse("newsletters:link", args=[delivery.key, 0])[:-1]) + r"(\d+)")
    rows = {place: row for row in figures.links for place in row.places}

    def draw(found: re.Match) -> str:
        before, address, after, content = found.groups()
        inert = f"<a{TARGET.sub('', before + after)}>{content}</a>"
        place = number.search(address)
        row = rows.get(int(place.group(1))) if place else None
        return inert + _mark(figures, row, int(place.group(1))) if place and row else inert

    return draw


def _mark(figures: LetterFigures, row: LinkRow, place: int) -> str:
    """Return the mark of a place: with the figures at the last one of its row, elsewhere the number alone."""
    if place != row.places[-1]:
        return format_html('<span class="tp-mark"><b>{}</b></span>', row.number)
    return format_html(
        '<span class="tp-mark"><b>{}</b> {}</span>', row.number, share_text(row.clicks, figures.totals.clicks)
    )
