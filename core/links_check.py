"""Broken links: every published page's links, inside without the network, outside where the service allows it."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.contrib.redirects.models import Redirect
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, Site

from core.models import BrokenLink, PortalDocument
from core.outside import STILL_THERE, problem_of

URL = re.compile(r"^https?://\S+$", re.IGNORECASE)


class _Anchors(HTMLParser):
    """Collects the links of stored rich text: addresses, and page and document numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note every link."""
        values = dict(attrs)
        if tag != "a":
            return
        kind = values.get("linktype")
        if kind in ("page", "document"):
            self.found.append((kind, values.get("id") or ""))
        elif values.get("href"):
            self.found.append(("url", values["href"] or ""))


def check_pages(pages: Iterable[Page]) -> int:
    """Check the links of these published pages, keep the broken ones, forget those that work; returns how many fail."""
    broken = 0
    outside: dict[str, str] = {}
    for page in pages:
        problems = dict(problems_of(page.specific, outside))
        now = timezone.now()
        BrokenLink.objects.filter(page_id=page.pk).exclude(url__in=problems).delete()
        for url, problem in problems.items():
            BrokenLink.objects.update_or_create(
                page_id=page.pk, url=url, defaults={"problem": problem, "last_checked": now}
            )
        broken += len(problems)
    return broken


def problems_of(page: Page, outside: dict[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Yield (address, problem) for every link of the page that does not work; `outside` remembers answers."""
    known = {} if outside is None else outside
    for kind, target in sorted(set(links_of(page))):
        problem = _problem(kind, target, known)
        if problem:
            yield (target if kind == "url" else f"{kind}:{target}")[:1000], problem


def links_of(page: Page) -> Iterator[tuple[str, str]]:
    """Yield ("url" | "page" | "document", target) for every link in the page's fields."""
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            value = getattr(page, field.name)
            for model, pk, *_where in field.stream_block.extract_references(value):
                if issubclass(model, Page):
                    yield "page", str(pk)
                elif issubclass(model, PortalDocument):
                    yield "document", str(pk)
            yield from _addresses(field.stream_block.get_prep_value(value))
        elif isinstance(field, RichTextField):
            yield from _addresses(getattr(page, field.name))
        elif field.__class__.__name__ == "URLField" and getattr(page, field.name):
            yield "url", getattr(page, field.name)


def _addresses(value: Any) -> Iterator[tuple[str, str]]:
    """Find links in the stored form of a stream, however deep."""
    if isinstance(value, dict):
        for part in value.values():
            yield from _addresses(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _addresses(part)
    elif isinstance(value, str):
        if "<a " in value:
            parser = _Anchors()
            parser.feed(value)
            yield from parser.found
        elif URL.match(value):
            yield "url", value


def _problem(kind: str, target: str, outside: dict[str, str]) -> str:
    if kind == "page":
        page = Page.objects.filter(pk=target).only("live").first() if target.isdigit() else None
        if page is None:
            return _("The page no longer exists.")
        return "" if page.live else _("The page is not published.")
    if kind == "document":
        there = target.isdigit() and PortalDocument.objects.filter(pk=target).exists()
        return "" if there else _("The document no longer exists.")
    return _problem_of_address(target, outside)


def _problem_of_address(url: str, outside: dict[str, str]) -> str:
    if url.startswith(("#", "mailto:", "tel:")):
        return ""
    parts = urlsplit(url)
    if not parts.netloc or parts.netloc.lower() in own_hosts():
        return "" if stands_here(parts.path or "/") else _("The address does not exist on this site.")
    if not settings.LINK_CHECK_EXTERNAL:
        return ""
    if url not in outside:
        outside[url] = problem_of(url, allowed=settings.LINK_CHECK_ALLOWED)
    # A page that lets no robot in is no broken link.
    return problem_words(outside[url]) if outside[url] and outside[url] not in STILL_THERE else ""


def own_hosts() -> set[str]:
    """Return the names this site answers to in small letters, each site's with and without its port."""
    hosts = {urlsplit(settings.SITE_URL).netloc.lower()}
    for hostname, port in Site.objects.values_list("hostname", "port"):
        hosts |= {hostname.lower(), f"{hostname}:{port}".lower()}
    return hosts


def stands_here(path: str) -> bool:
    """Whether a path of this site, as it stands in a link, leads somewhere; the web server is not asked."""
    if page_at(path) or Redirect.objects.filter(old_path=Redirect.normalise_path(path)).exists():
        return True
    return any(_is_of_the_code(candidate) for candidate in {unquote(path), plain_path(path)})


def page_at(path: str) -> Page | None:
    """Return the published page at a path of this site, as it stands in a link, with or without the last slash."""
    below = plain_path(path).lstrip("/")
    roots = Page.objects.filter(sites_rooted_here__isnull=False).values_list("url_path", flat=True)
    return Page.objects.live().filter(url_path__in=[root + below for root in roots]).first()


def plain_path(path: str) -> str:
    """Return a path without per cent codes and with its last slash."""
    return unquote(path).removesuffix("/") + "/"


def _is_of_the_code(path: str) -> bool:
    try:
        return resolve(path).url_name != "wagtail_serve"
    except Resolver404:
        return False


def problem_words(code: str) -> str:
    """Return a code of `core.outside.problem_of` as a sentence."""
    words = {
        "address": _("The address is not a web address."),
        "private": _("The address lies inside a closed network."),
        "host": _("The web site does not exist."),
        "timeout": _("The web site does not answer in time."),
        "certificate": _("The web site's certificate is not valid."),
        "connection": _("The web site cannot be reached."),
        "redirects": _("The address leads in a circle."),
    }
    if code in STILL_THERE:
        return _("The web site does not let machines in (%(status)s).") % {"status": code}
    return words.get(code) or _("The web site answers with error %(status)s.") % {"status": code}
