"""The menu of two levels and the breadcrumbs, both drawn from where the site's pages stand."""

from dataclasses import dataclass, replace

from wagtail.models import Page, Site

from core.site_pages import site_pages


@dataclass(frozen=True)
class MenuItem:
    """One line of the menu. `is_here` marks the page itself, `holds_page` a page above the shown one."""

    title: str
    url: str
    is_here: bool = False
    holds_page: bool = False
    children: tuple["MenuItem", ...] = ()


@dataclass(frozen=True)
class Crumb:
    """One step from the front page down to the shown page."""

    title: str
    url: str


def main_menu(site: Site | None, current: Page | None = None) -> list[MenuItem]:
    """Return the site's menu: pages under the front page marked "show in menus", and theirs."""
    if site is None:
        return []
    top = site.root_page.depth + 1
    shown = [place for place in site_pages(site).by_key.values() if place.show_in_menus]
    here = current.path if current is not None and current.path else ""
    menu: dict[str, MenuItem] = {}
    for place in sorted(shown, key=lambda place: place.path):
        path, depth = place.path, len(place.path) // Page.steplen
        item = MenuItem(place.title, place.url, path == here, here.startswith(path) and path != here)
        if depth == top:
            menu[path] = item
        elif depth == top + 1 and (parent := path[: -Page.steplen]) in menu:
            menu[parent] = replace(menu[parent], children=(*menu[parent].children, item))
    return list(menu.values())


def place_in_menu(site: Site | None, current: Page | None) -> str:
    """Return what the menu's marks depend on: the page's first two levels, and whether it stands deeper."""
    if site is None or current is None or not current.path:
        return ""
    length = (site.root_page.depth + 2) * Page.steplen
    return current.path[:length] + ("+" if len(current.path) > length else "")


def breadcrumbs(site: Site | None, page: Page | None) -> list[Crumb]:
    """Return the pages above `page`, the front page first; nothing for the front page itself."""
    if site is None or page is None or not page.path or page.depth <= site.root_page.depth:
        return []
    root = site.root_page
    steps = [step for step in site_pages(site).above(page.path) if len(step.path) > len(root.path)]
    return [Crumb(root.title, "/"), *(Crumb(step.title, step.url) for step in steps)]
