"""What events adds to the admin."""

from wagtail import hooks

from events.viewsets import RegistrationViewSet


@hooks.register("register_admin_viewset")
def registrations():
    """Registrations stand beside the register of people."""
    return RegistrationViewSet()
