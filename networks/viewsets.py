"""The admin's lists of network groups and members."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet

from core.spreadsheets import HarmlessExport
from networks.models import Membership, NetworkGroup


class GroupIndexView(generic.IndexView):
    """Groups with network and mentor at once."""

    def get_base_queryset(self):
        """Rows with what the list shows, in a fixed number of queries."""
        return super().get_base_queryset().select_related("page", "mentor")


class MembershipIndexView(HarmlessExport, generic.IndexView):
    """Memberships with network, person and group at once."""

    def get_base_queryset(self):
        """Rows with what the list shows, in a fixed number of queries."""
        return super().get_base_queryset().select_related("page", "person", "group")


class NetworkGroupViewSet(ModelViewSet):
    """Groups of networks with their mentors."""

    model = NetworkGroup
    name = "network_groups"
    url_prefix = "networks/groups"
    icon = "group"
    menu_label = _("Groups")
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = GroupIndexView
    list_filter = ["page"]
    search_fields = ["name", "theme"]
    search_backend_name = None
    list_display = [
        "name",
        Column("page", label=_("Network"), accessor="page"),
        "theme",
        Column("mentor", label=_("Mentor"), accessor="mentor"),
    ]
    list_export = ["page", "name", "theme", "mentor"]
    export_headings = {"page": _("Network"), "name": _("Name"), "theme": _("Theme"), "mentor": _("Mentor")}
    export_filename = "nettverksgrupper"
    panels = [
        FieldPanel("page"),
        FieldRowPanel([FieldPanel("name"), FieldPanel("theme")]),
        FieldPanel("description"),
        FieldPanel("mentor"),
    ]


class MembershipViewSet(ModelViewSet):
    """Who is in which network, from when to when."""

    model = Membership
    name = "memberships"
    url_prefix = "networks/members"
    icon = "user"
    menu_label = _("Members")
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = MembershipIndexView
    list_filter = {"page": ["exact"], "group": ["exact"], "role": ["exact"], "to_date": ["isnull"]}
    search_fields = ["person__first_name", "person__last_name", "person__email"]
    search_backend_name = None
    list_per_page = 50
    list_display = [
        Column("person", label=_("Person"), accessor="person", classname="title"),
        Column("page", label=_("Network"), accessor="page"),
        Column("group", label=_("Group"), accessor="group"),
        Column("role", label=_("Role"), accessor="get_role_display"),
        DateColumn("from_date", label=_("From"), accessor="from_date"),
        DateColumn("to_date", label=_("To"), accessor="to_date"),
    ]
    list_export = ["page", "person", "person.email", "group", "get_role_display", "from_date", "to_date"]
    export_headings = {
        "page": _("Network"),
        "person": _("Person"),
        "person.email": _("E-mail"),
        "group": _("Group"),
        "get_role_display": _("Role"),
        "from_date": _("From"),
        "to_date": _("To"),
    }
    export_filename = "nettverksmedlemmer"
    panels = [
        FieldRowPanel([FieldPanel("page"), FieldPanel("group")]),
        FieldRowPanel([FieldPanel("person"), FieldPanel("role")]),
        FieldRowPanel([FieldPanel("from_date"), FieldPanel("to_date")]),
    ]


class NetworksGroup(ViewSetGroup):
    """Members and groups in one menu."""

    menu_label = _("Networks")
    menu_icon = "group"
    menu_order = 330
    items = (MembershipViewSet, NetworkGroupViewSet)
