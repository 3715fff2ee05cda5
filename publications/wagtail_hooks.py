"""What publications adds to the admin."""

from wagtail import hooks

from publications.viewsets import PrintOrderViewSet


@hooks.register("register_admin_viewset")
def print_orders():
    """Orders of printed copies."""
    return PrintOrderViewSet()
