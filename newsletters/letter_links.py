"""A letter's links before it is sent: those to this site are looked up, those to other sites are asked for."""

import hashlib
import html as html_escapes
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils.html import strip_tags
from wagtail.rich_text import expand_db_html

from core.links_check import own_hosts, page_at, plain_path, stands_here
from core.models import PortalDocument
from core.outside import problem_of
from newsletters.links import ANCHOR
from newsletters.rendering import absolute_address

# A link in running text to a page that has been deleted: Wagtail leaves the address out.
WITHOUT_ADDRESS = re.compile(r"<a>(.*?)</a>", re.DOTALL)
# An answer is believed so long (seconds); who has asked has so long to find out; all of a letter's links together.
BELIEVED, CLAIMED, PATIENCE = 900, 120, 60
ASKING = "asking"
AT_A_TIME = 4


@dataclass(frozen=True)
class Link:
    """A link with its words, and where it stands as Wagtail writes content paths (empty: in the letter's frame)."""

    address: str
    words: str
    path: str = ""


def links_of(letter, html: str) -> list[Link]:
    """Return every link of the rendered letter once, with the block it stands in."""
    found: dict[str, Link] = {}
    for child in letter.body:
        if child.block_type == "text":
            found |= {
                link.address: link
                for link in _anchors(expand_db_html(child.value.source), f"body.{child.id}")
            }
        elif child.block_type == "button" and child.value.href:
            address = absolute_address(child.value.href)
            found.setdefault(address, Link(address, child.value.label, f"body.{child.id}"))
    for link in _anchors(html, ""):
        found.setdefault(link.address, link)
    return list(found.values())


def _anchors(html: str, path: str) -> Iterator[Link]:
    for _before, address, _after, words in ANCHOR.findall(html):
        address = absolute_address(html_escapes.unescape(address))
        if "{{slot:" not in address:
            yield Link(address, html_escapes.unescape(strip_tags(words)).strip(), path)


def broken_links(letter, html: str) -> Iterator[Link]:
    """Yield the links that lead nowhere, and those to pages of this site that readers cannot open."""
    for child in letter.body:
        if child.block_type == "text":
            for words in WITHOUT_ADDRESS.findall(expand_db_html(child.value.source)):
                yield Link("", strip_tags(words), f"body.{child.id}")
    hosts = own_hosts()
    for link in links_of(letter, html):
        if not link.address or (_is_own(link.address, hosts) and _is_dead(link.address, letter)):
            yield link


def outside_links(letter, html: str) -> list[Link]:
    """Return the links to other sites."""
    hosts = own_hosts()
    return [
        link
        for link in links_of(letter, html)
        if link.address.lower().startswith(("http://", "https://")) and not _is_own(link.address, hosts)
    ]


def _is_own(address: str, hosts: set[str]) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:  # no address at all, as in "http://[": the check of other sites says so
        return False
    return parts.scheme in ("", "http", "https") and parts.netloc.lower() in hosts


def _is_dead(address: str, letter) -> bool:
    """Whether an address of this site shows readers nothing, found without asking the web server."""
    path = urlsplit(address).path or "/"
    if letter.url and plain_path(path) == plain_path(urlsplit(letter.url).path):
        return False
    if path.startswith((settings.MEDIA_URL, settings.STATIC_URL)):
        return False
    if found := re.match(r"/dokumenter/(\d+)/", path):
        return not PortalDocument.objects.filter(pk=found[1]).exists()
    page = page_at(path)
    return page.get_view_restrictions().exists() if page else not stands_here(path)


# Other sites: asked by a worker, once per address; what they answer lies in the cache for a while.


def _key(address: str) -> str:
    return "letter-link:" + hashlib.sha256(address.encode()).hexdigest()[:40]


def claim(addresses: Iterable[str]) -> list[str]:
    """Return the addresses nobody has asked yet; the caller has them to itself."""
    return [address for address in addresses if cache.add(_key(address), ASKING, CLAIMED)]


def forget(addresses: Iterable[str]) -> None:
    """Forget what is known, so that it can be asked anew."""
    cache.delete_many([_key(address) for address in addresses])


def answers(addresses: Iterable[str]) -> dict[str, str | None]:
    """Return for each address its problem as `core.outside` names it, "", ASKING, or None where nobody has asked."""
    keys = {address: _key(address) for address in addresses}
    known = cache.get_many(keys.values())
    return {address: known.get(key) for address, key in keys.items()}


def ask(addresses: Iterable[str]) -> None:
    """Ask each address once and note the answer; what was not asked in time is forgotten, to be asked anew."""
    pool = ThreadPoolExecutor(AT_A_TIME)
    asked = {
        pool.submit(problem_of, address, allowed=settings.LINK_CHECK_ALLOWED): address
        for address in addresses
    }
    done, late = wait(asked, timeout=PATIENCE)
    pool.shutdown(wait=False, cancel_futures=True)
    for future in done:
        cache.set(_key(asked[future]), "timeout" if future.exception() else future.result(), BELIEVED)
    forget(asked[future] for future in late)
