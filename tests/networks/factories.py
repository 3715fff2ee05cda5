"""Factories of networks. Pages stand under the index page that `set_up_site` made."""

from typing import Any

from networks.models import NetworkIndexPage, NetworkPage
from tests.core.factories import add_page


def make_network(**fields: Any) -> NetworkPage:
    """Add a network."""
    return add_page(NetworkIndexPage.objects.get(), NetworkPage, **{"title": "Familienettverket", **fields})
