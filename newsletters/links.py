"""Links of a frozen letter: each gets a number and the address /l/<delivery>/<number>, the same for every receiver."""

import html as html_escapes
import re

from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags

from newsletters.models import Delivery, DeliveryLink
from newsletters.slots import MARKS, absolute

ANCHOR = re.compile(r'<a\b([^>]*?)\shref="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL | re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
ALT = re.compile(r'\balt="([^"]*)"', re.IGNORECASE)
# Links a letter must not count: they are the receiver's own business.
UNTRACKED = "data-untracked"
TRAP_NUMBER = 0
TRAP = (
    '<a href="{address}" aria-hidden="true" tabindex="-1" '
    'style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:0;line-height:0"></a>'
)


def link_address(delivery: Delivery, number: int) -> str:
    """Return the public address of a link, without a token."""
    return absolute(reverse("newsletters:link", args=[delivery.key, number]))


def freeze_links(delivery: Delivery, html: str, text: str) -> tuple[str, str]:
    """Store the letter's links and return HTML and text that go through /l/; adds the link only machines follow.

    Every place in the HTML has its own number, so that clicks can be drawn on the letter; an address in the text
    takes the number of its first place in the HTML. Mode "off" leaves every address as it is.
    """
    if delivery.measuring_mode == "off":
        return without_marks(html), text
    links = _Numbering(delivery)
    html = ANCHOR.sub(links.in_html, html)
    text = ADDRESS.sub(links.in_text, text)
    links.name_the_nameless()
    trap = DeliveryLink(delivery=delivery, number=TRAP_NUMBER, url=f"{settings.SITE_URL}/", is_trap=True)
    DeliveryLink.objects.bulk_create([trap, *links.rows])
    mark = TRAP.format(address=link_address(delivery, TRAP_NUMBER))
    return without_marks(html.replace("</body>", f"{mark}</body>", 1)), text


def without_trap(html: str) -> str:
    """Remove the link for machines; a page that search engines read must not hold it."""
    return re.sub(r'<a href="[^"]*" aria-hidden="true" tabindex="-1"[^>]*></a>', "", html)


def without_marks(html: str) -> str:
    """Remove the templates' notes on which links are not counted."""
    return re.sub(rf'\s{UNTRACKED}(="[^"]*")?', "", html)


class _Numbering:
    """Gives each link its number, in the order of the letter."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.rows: list[DeliveryLink] = []
        self.first: dict[str, int] = {}
        self.uncounted: set[str] = set()

    def in_html(self, found: re.Match) -> str:
        before, escaped, after, content = found.groups()
        url = html_escapes.unescape(escaped)
        if UNTRACKED in before + after:
            self.uncounted.add(url)
            return found.group()
        if not url.startswith(("http://", "https://")):
            return found.group()
        address = self._take(url, _label(content))
        return f'<a{before} href="{address}"{after}>{content}</a>'

    def in_text(self, found: re.Match) -> str:
        url = found.group()
        if "{{slot:" in url or url in self.uncounted:
            return url
        number = self.first.get(url)
        return self._address(number) if number else self._take(url, "")

    def name_the_nameless(self) -> None:
        """Give a link without words those of another link to the same place, so that lists read well."""
        names = {row.url: row.label for row in reversed(self.rows) if row.label}
        for row in self.rows:
            row.label = row.label or names.get(row.url, "")

    def _take(self, url: str, label: str) -> str:
        number = len(self.rows) + 1
        self.rows.append(DeliveryLink(delivery=self.delivery, number=number, url=url, label=label[:200]))
        self.first.setdefault(url, number)
        return self._address(number)

    def _address(self, number: int) -> str:
        return link_address(self.delivery, number) + MARKS["t"]


def _label(content: str) -> str:
    """Return what the reader sees of a link: its words, else what the picture in it shows."""
    words = " ".join(html_escapes.unescape(strip_tags(content)).split())
    alt = ALT.search(content)
    return words or (html_escapes.unescape(alt.group(1)) if alt else "")
