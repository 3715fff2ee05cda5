"""The admin's list of print orders."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from core.spreadsheets import HarmlessExport
from publications import services
from publications.models import PrintOrder


class OrderForm(WagtailAdminModelForm):
    """What an editor may correct in an order; the status has its own buttons."""

    class Meta:
        model = PrintOrder
        fields = ["copies", "organisation", "name", "email", "address"]


class OrderIndexView(HarmlessExport, generic.IndexView):
    """Orders with their publications at once."""

    def get_base_queryset(self):
        """Rows with what the list shows, in a fixed number of queries."""
        return super().get_base_queryset().select_related("publication")


class NobodyAddsPolicy(ModelPermissionPolicy):
    """Orders come by the public form."""

    def user_has_permission(self, user, action):
        """Whether the user may do it; adding, nobody may."""
        return action != "add" and super().user_has_permission(user, action)


class OrderActions(Column):
    """Buttons that move an order on."""

    cell_template_name = "publications/admin/order_actions.html"


class PrintOrderViewSet(ModelViewSet):
    """Orders of printed copies. Orders come by the public form; here they are sent or cancelled."""

    model = PrintOrder
    name = "print_orders"
    url_prefix = "orders"
    icon = "doc-full"
    menu_label = _("Print orders")
    menu_order = 320
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = OrderIndexView
    list_filter = ["status", "publication"]
    search_fields = ["name", "email", "organisation"]
    search_backend_name = None
    ordering = ["-ordered_at"]
    list_display = [
        Column("publication", label=_("Publication"), accessor="publication", classname="title"),
        "copies",
        "organisation",
        "name",
        Column("address", label=_("Postal address"), accessor=lambda order: order.address or "–"),
        Column("status", label=_("Status"), accessor="get_status_display"),
        DateColumn("ordered_at", label=_("Ordered"), accessor="ordered_at", sort_key="ordered_at"),
        OrderActions("actions", label=_("Next step"), accessor="pk"),
    ]
    list_export = [
        "publication",
        "copies",
        "organisation",
        "name",
        "email",
        "address",
        "get_status_display",
        "ordered_at",
        "sent_at",
    ]
    export_headings = {
        "publication": _("Publication"),
        "copies": _("Copies"),
        "organisation": _("Organisation"),
        "name": _("Name"),
        "email": _("E-mail"),
        "address": _("Postal address"),
        "get_status_display": _("Status"),
        "ordered_at": _("Ordered"),
        "sent_at": _("Sent"),
    }
    export_filename = "bestillinger"

    def get_form_class(self, for_update=False):
        """Corrections only."""
        return OrderForm

    @cached_property
    def permission_policy(self):
        """As everywhere, but nobody adds."""
        return NobodyAddsPolicy(self.model)

    def get_urlpatterns(self):
        """Two buttons more."""
        return [*super().get_urlpatterns(), path("<int:pk>/move-on/<slug:status>/", move_on, name="move_on")]


@require_POST
@permission_required("publications.change_printorder")
def move_on(request, pk: int, status: str):
    """Mark an order as sent or cancelled; its postal address is erased."""
    if status in (PrintOrder.Status.SENT, PrintOrder.Status.CANCELLED):
        order = services.set_status(pk, status)
        messages.success(
            request,
            _t("The order from %(organisation)s is marked as “%(status)s”, and its address is erased.")
            % {"organisation": order.organisation, "status": order.get_status_display().lower()},
        )
    return redirect("print_orders:index")
