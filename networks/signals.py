"""What networks does when core or another app on its left has news."""

from django.dispatch import receiver

from core.receivers import forget_after
from core.setup import ensure_child
from core.signals import site_is_set_up
from networks.models import NetworkGroup, NetworkIndexPage

# A network's page lists its groups, which have an admin page of their own.
forget_after(NetworkGroup)


@receiver(site_is_set_up)
def add_index_page(home, **kwargs) -> None:
    """Add the app's own index page to a new site."""
    ensure_child(home, NetworkIndexPage, "nettverk", "Nettverk", show_in_menus=True)
