"""The admin's list of figures reported by hand."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from reporting.models import ReportedFigure


class FigureIndexView(generic.IndexView):
    """Figures with page and region at once."""

    def get_base_queryset(self):
        """Rows with what the list shows, in a fixed number of queries."""
        return super().get_base_queryset().select_related("page", "region")


class ReportedFigureViewSet(ModelViewSet):
    """Numbers that no system counts, with their source."""

    model = ReportedFigure
    name = "reported_figures"
    url_prefix = "reported-figures"
    icon = "edit"
    menu_label = _("Reported figures")
    menu_order = 350
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = True
    index_view_class = FigureIndexView
    list_filter = ["kind", "region", "counted_on"]
    search_fields = ["source", "page__title"]
    search_backend_name = None
    list_display = [
        Column("kind", label=_("Kind"), accessor="get_kind_display", classname="title"),
        "number",
        Column("page", label=_("Page"), accessor="page"),
        Column("region", label=_("Health region"), accessor="region"),
        DateColumn("counted_on", label=_("Counted on"), accessor="counted_on", sort_key="counted_on"),
        "source",
    ]
    list_export = ["get_kind_display", "number", "page", "region", "counted_on", "source"]
    export_headings = {
        "get_kind_display": _("Kind"),
        "number": _("Number"),
        "page": _("Page"),
        "region": _("Health region"),
        "counted_on": _("Counted on"),
        "source": _("Source"),
    }
    export_filename = "innmeldte-tall"
    panels = [
        FieldRowPanel([FieldPanel("kind"), FieldPanel("number")]),
        FieldPanel("page"),
        FieldPanel("region"),
        FieldPanel("counted_on"),
        FieldPanel("source"),
    ]
