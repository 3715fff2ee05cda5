"""Fill the site with the demo's content; safe to run again."""

import time
from collections.abc import Callable

from django.core.management.base import BaseCommand
from django.db import transaction

from core.models import HomePage
from core.setup import set_up_site
from demo.accounts import load_logins
from demo.loading import activity, app_pages, audiences, home, letters, media, pages, register
from demo.loading.indexes import indexed_once
from demo.loading.library import Library


class Command(BaseCommand):
    """Loads regions, institutions, invented people, pages, letters with figures, and log-ins."""

    help = "Load the demo site. What exists already is left as it is, so that edits survive."

    def add_arguments(self, parser) -> None:
        """Add --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it all back")

    def handle(self, *args, dry_run: bool = False, **options) -> None:
        """Load in one transaction: the demo is there whole, or not at all."""
        started = time.monotonic()
        tell = self.stdout.write if options["verbosity"] else lambda text: None
        with transaction.atomic():
            with indexed_once(tell):
                library = load(tell)
            if dry_run:
                transaction.set_rollback(True)
        verb = "would be made" if dry_run else "made"
        seconds = time.monotonic() - started
        tell(f"  demo site loaded in {seconds:.1f} s: {len(library.new)} pages {verb}.")


def load(tell: Callable[[str], None] = lambda text: None) -> Library:
    """Load everything in the order it depends on each other; returns what was loaded. `tell` hears how far it is."""
    tell("  institutions, pictures and invented people …")
    site = set_up_site("Nasjonal kompetansetjeneste TSB", port=80)
    front: HomePage = HomePage.objects.get(pk=site.root_page_id)
    library = Library()
    library.pages["index/home"] = front
    media.load_pictures(library)
    media.load_documents(library)
    media.load_roles(library)
    media.load_glossary()
    media.load_films(library)
    settings = media.load_settings(site)
    register.load_organisations()
    people = register.load_people()
    tell("  pages …")
    pages.note_index_pages(library, pages.INDEX_PAGES)
    pages.add_core_pages(library, front)
    app_pages.add_app_pages(library, front)
    app_pages.add_network_groups(library)
    media.tag_roles_and_films(library)
    pages.fill_settled_pages(library)
    pages.fill_bodies(library)
    home.fill_home(front, library)
    home.fill_footer(settings, library)
    home.order_menu(front, library)
    register.load_memberships(library, people)
    load_logins(library)
    tell("  letters, and a year of readers …")
    letters.load_subscriptions(people)
    letters.load_deliveries(library)
    audiences.load_audiences(people)
    activity.load_activity(library, people)
    return library
