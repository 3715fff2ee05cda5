"""Making an empty site ready: front page, index pages, settings. Safe to run again."""

from typing import Any

from django.conf import settings
from django.db import transaction
from wagtail.models import Collection, Page, Site

from core.models import (
    ArticleIndexPage,
    ContactPage,
    ContentPage,
    GlossaryPage,
    GuideIndexPage,
    HomePage,
    ServiceSettings,
    StandardPage,
    TopicIndexPage,
)
from core.signals import site_is_set_up, site_pages_stand

ROOT_TITLE = "Nettstedet"
ROOT_COLLECTION = "Felles"


def ensure_child(parent: Page, model: type[ContentPage], slug: str, title: str, **fields: Any) -> ContentPage:
    """Return the child of `parent` with this slug, made and published when it is missing."""
    found = parent.get_children().filter(slug=slug).first()
    if found:
        return found.specific
    child = model(title=title, slug=slug, **fields)
    parent.add_child(instance=child)
    child.save_revision().publish()
    return child


def _home(service_name: str) -> HomePage:
    home = HomePage.objects.first()
    if home:
        return home
    root = Page.get_first_root_node()
    # Wagtail's first migration leaves a welcome page that would hold the slug and the site.
    Page.objects.filter(depth=2, content_type__model="page", slug="home").delete()
    root.refresh_from_db()
    home = HomePage(title=service_name, slug="hjem")
    root.add_child(instance=home)
    home.save_revision().publish()
    return home


def _name_the_roots() -> None:
    """Give what lies above all pages and all collections a Norwegian name; Wagtail's first migrations say "Root"."""
    Page.objects.filter(depth=1, title="Root").update(title=ROOT_TITLE, draft_title=ROOT_TITLE)
    Collection.objects.filter(depth=1, name="Root").update(name=ROOT_COLLECTION)


@transaction.atomic
def set_up_site(service_name: str, *, hostname: str = "localhost", port: int = 80) -> Site:
    """Create what is missing of site, settings and index pages; what exists is left as it is."""
    _name_the_roots()
    home = _home(service_name)
    site = Site.objects.filter(is_default_site=True).first()
    if site is None or site.root_page_id != home.pk:
        site = Site.objects.update_or_create(
            is_default_site=True,
            defaults={"hostname": hostname, "port": port, "root_page": home, "site_name": service_name},
        )[0]
    ensure_child(home, ArticleIndexPage, "aktuelt", "Aktuelt", show_in_menus=True)
    ensure_child(home, TopicIndexPage, "tema", "Tema", show_in_menus=True)
    ensure_child(home, GuideIndexPage, "veiledere", "Veiledere", show_in_menus=True)
    ensure_child(home, GlossaryPage, "ordliste", "Ordliste")
    ensure_child(home, ContactPage, "kontakt", "Kontakt oss")
    privacy = ensure_child(home, StandardPage, "personvern", "Personvern")
    accessibility = ensure_child(home, StandardPage, "tilgjengelighet", "Tilgjengelighet")
    ServiceSettings.objects.get_or_create(
        site=site,
        defaults={
            "service_name": service_name,
            "email": settings.DEFAULT_FROM_EMAIL,
            "privacy_page": privacy,
            "accessibility_page": accessibility,
        },
    )
    site_is_set_up.send(sender=Site, home=home)
    site_pages_stand.send(sender=Site, site=site)
    return site
