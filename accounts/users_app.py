"""Wagtail's user administration with the portal's own views."""

from wagtail.users.apps import WagtailUsersAppConfig


class PortalUsersAppConfig(WagtailUsersAppConfig):
    """Users come by invitation and hold roles instead of loose groups."""

    user_viewset = "accounts.viewsets.UserViewSet"
