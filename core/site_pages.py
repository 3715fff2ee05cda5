"""Where every published page stands: read once per generation, so that no page asks for its neighbours one by one."""

from dataclasses import dataclass

from wagtail.models import Page, PageViewRestriction, Site

from core.parts import kept


@dataclass(frozen=True, slots=True)
class Place:
    """A published page as links and breadcrumbs need it. `url` begins at the site's root."""

    pk: int
    path: str
    url_path: str
    title: str
    content_type_id: int
    show_in_menus: bool
    url: str


@dataclass(frozen=True, slots=True)
class SitePages:
    """A site's published pages by key, by tree path and by address."""

    by_key: dict[int, Place]
    by_path: dict[str, Place]
    by_url_path: dict[str, Place]

    def above(self, path: str) -> list[Place]:
        """Return the published pages above the one at a tree path, from the front page down."""
        steps = range(Page.steplen, len(path), Page.steplen)
        return [self.by_path[path[:step]] for step in steps if path[:step] in self.by_path]


def site_pages(site: Site) -> SitePages:
    """Return the site's published pages (1 query in a new generation, else none)."""
    return kept(f"pages of site {site.pk}", lambda: _read(site))


def closed_paths() -> tuple[str, ...]:
    """Return the tree paths of pages that are closed to some readers; all below one is closed too."""
    return kept(
        "paths of closed pages",
        lambda: tuple(PageViewRestriction.objects.values_list("page__path", flat=True)),
    )


def _read(site: Site) -> SitePages:
    root = site.root_page
    rows = Page.objects.live().descendant_of(root, inclusive=True).order_by()
    found = rows.values_list("pk", "path", "url_path", "title", "content_type_id", "show_in_menus")
    places = [Place(*row, url="/" + row[2].removeprefix(root.url_path)) for row in found]
    return SitePages(
        by_key={place.pk: place for place in places},
        by_path={place.path: place for place in places},
        by_url_path={place.url_path: place for place in places},
    )
