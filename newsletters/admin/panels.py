"""What the letters show on the admin's first page."""

from collections.abc import Mapping
from typing import Any

from core.panels import HomePanel, register_home_panel
from newsletters.services.deliver import may_send
from newsletters.standstill import standing_still


@register_home_panel
class StandstillPanel(HomePanel):
    """Deliveries that stand still."""

    order = 15
    template_name = "newsletters/admin/panel_standstill.html"

    def is_shown(self) -> bool:
        """To those who may send, while there is one."""
        self.found = standing_still() if may_send(self.request.user) else []
        return bool(self.found)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The deliveries, each with what is wrong."""
        return {"found": self.found}
