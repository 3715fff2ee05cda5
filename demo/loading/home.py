"""The demo's front page, menu order and footer."""

import json
from typing import Any

from core.models import HomePage, ServiceSettings
from demo.loading.blocks import CONVERTERS, items, stored
from demo.loading.content import read
from demo.loading.library import Library

# The menu's order; everything else is reached through these, the footer and search.
MENU = [
    "index/topics",
    "index/guides",
    "index/courses",
    "index/events",
    "index/networks",
    "index/projects",
    "index/publications",
]


def fill_home(home: HomePage, library: Library) -> None:
    """Compose the front page from its text, unless an editor has begun on it."""
    if home.body:
        return
    told = read("home.toml")["home"]
    for name in ("title", "lead", "search_prompt", "picture_alt", "search_description"):
        setattr(home, name, told[name])
    home.picture = library.find("picture", told["picture"])
    home.body = json.dumps([stored(block["type"], _value(block, library)) for block in told["body"]])
    home.save_revision().publish(skip_permission_checks=True)


def _value(block: dict[str, Any], library: Library) -> Any:
    if block["type"] == "shortcuts":
        links = [
            {"text": link["text"], "page": library.page(link["page"]).pk, "url": ""}
            for link in block["links"]
        ]
        return {"title": block["title"], "links": items(links)}
    if block["type"] in CONVERTERS:
        return CONVERTERS[block["type"]](block, library)
    return {name: value for name, value in block.items() if name != "type"}


def fill_footer(settings: ServiceSettings, library: Library) -> None:
    """Point the footer to the pages the texts name."""
    told = read("home.toml")["settings"]
    settings.privacy_page = library.page(told["privacy_page"])
    settings.accessibility_page = library.page(told["accessibility_page"])
    skipped = {told["privacy_page"], told["accessibility_page"]}
    settings.footer_links = json.dumps(
        [
            stored("link", {"text": link["text"], "page": library.page(link["page"]).pk, "url": ""})
            for link in told["footer_links"]
            if link["page"] not in skipped
        ]
    )
    settings.save()


def order_menu(home: HomePage, library: Library) -> None:
    """Put the menu's pages first and in order; sections for an audience stand on the front page instead."""
    for name in reversed(MENU):
        page = library.page(name)
        page.refresh_from_db()
        home.refresh_from_db()
        first = home.get_first_child()
        if first.pk != page.pk:
            page.move(first, pos="left")
