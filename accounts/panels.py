"""What accounts shows administrators on the admin's first page."""

from collections.abc import Mapping
from typing import Any

from accounts.views_security import days_left, expires_on, expires_soon
from core.models import ContentPage
from core.panels import HomePanel, register_home_panel


@register_home_panel
class SecurityContactPanel(HomePanel):
    """The public contact for security holes is about to expire."""

    order = 20
    template_name = "accounts/admin/panel_security.html"

    def is_shown(self) -> bool:
        """In time, to those who administer users."""
        return expires_soon() and self.request.user.has_perm("accounts.change_user")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The day, and whether it has passed."""
        return {"day": expires_on(), "is_over": days_left() < 0}


@register_home_panel
class LedPagesPanel(HomePanel):
    """The projects and networks I lead: for most leaders all they come for."""

    order = 75
    template_name = "accounts/admin/panel_pages.html"

    def is_shown(self) -> bool:
        """For those who lead a page."""
        return self.request.user.led_pages.exists()

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The pages, with where they stand; at most 3 queries."""
        led = self.request.user.led_pages.values("page")
        pages = ContentPage.objects.filter(pk__in=led).select_related("content_type").order_by("title")
        return {"pages": pages.prefetch_workflow_states()}
