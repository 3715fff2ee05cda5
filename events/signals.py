"""What events does when core or another app on its left has news."""

from django.dispatch import receiver

from core.setup import ensure_child
from core.signals import site_is_set_up
from events.models import EventIndexPage


@receiver(site_is_set_up)
def add_index_page(home, **kwargs) -> None:
    """Add the app's own index page to a new site."""
    ensure_child(home, EventIndexPage, "arrangementer", "Arrangementer", show_in_menus=True)
