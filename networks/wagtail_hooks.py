"""What networks adds to the admin."""

from wagtail import hooks

from networks.viewsets import NetworksGroup


@hooks.register("register_admin_viewset")
def networks():
    """Members and groups of the networks."""
    return NetworksGroup()
