"""The letters' registers in the admin: series, subscriptions, deliveries; and the menu they stand in."""

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from core.registers import UncountedEditView, YesNoColumn
from core.spreadsheets import HarmlessExport
from newsletters.admin.coverage import CoverageViewSet
from newsletters.admin.letters import LetterListViewSet, WithStandstills
from newsletters.admin.registers import (
    NEW_SUBSCRIPTION_FORM,
    SUBSCRIPTION_FORM,
    InterestViewSet,
    ReadOnlyPolicy,
    SavedAudienceViewSet,
)
from newsletters.admin.series_form import SERIES_FORM
from newsletters.admin.stray import StrayMailViewSet
from newsletters.admin.suppressed import SuppressedViewSet
from newsletters.models import Delivery, Series, Subscription


class SeriesIndexView(generic.IndexView):
    """The list of series, named in the plural; the model's own word is the same for one and many in English."""

    page_title = _("Letter series")


class SeriesViewSet(ModelViewSet):
    """Series of letters."""

    model = Series
    index_view_class = SeriesIndexView
    edit_view_class = UncountedEditView
    name = "letter_series"
    url_prefix = "brev/serier"
    icon = "list-ul"
    menu_label = _("Letter series")
    menu_order = 20
    copy_view_enabled = False
    list_display = [
        "name",
        "sender_email",
        "network",
        YesNoColumn("is_public", label=capfirst(_("open for sign-up")), sort_key="is_public"),
    ]
    edit_handler = SERIES_FORM


class SubscriptionIndexView(HarmlessExport, generic.IndexView):
    """Subscriptions with person and series at once."""

    def get_base_queryset(self):
        """Two names per row, no further queries."""
        return super().get_base_queryset().select_related("person", "series")


class KeptPolicy(ModelPermissionPolicy):
    """Rows that nobody deletes: that someone has left a series must be remembered."""

    def user_has_permission(self, user, action):
        """Refuse deleting; the rest follows the model's permissions."""
        return action != "delete" and super().user_has_permission(user, action)


class SubscriptionViewSet(ModelViewSet):
    """Subscriptions: seen and added by hand, with the basis for it."""

    model = Subscription
    name = "subscriptions"
    url_prefix = "brev/abonnementer"
    icon = "group"
    menu_label = _("Subscriptions")
    menu_order = 30
    permission_policy = KeptPolicy(Subscription)
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = SubscriptionIndexView
    edit_view_class = UncountedEditView
    list_display = ["person", "series", "status", "basis", "requested_at"]
    list_filter = ["series", "status", "basis"]
    search_fields = ["person__first_name", "person__last_name", "person__email"]
    search_backend_name = None
    list_export = ["person", "series", "status", "basis", "requested_at", "confirmed_at", "ended_at"]
    edit_handler = SUBSCRIPTION_FORM

    def get_add_view_kwargs(self, **kwargs):
        """A new subscription says whose it is."""
        panel = NEW_SUBSCRIPTION_FORM.bind_to_model(self.model)
        own = {"panel": panel, "form_class": panel.get_form_class()}
        return super().get_add_view_kwargs(**own, **kwargs)


class DeliveryIndexView(WithStandstills, generic.IndexView):
    """Deliveries; a row leads to its report."""

    def get_base_queryset(self):
        """The letter's title without a query per row."""
        return super().get_base_queryset().select_related("letter", "series")

    def get_edit_url(self, instance):
        """The report stands in for editing."""
        return reverse("newsletters_admin:delivery", args=[instance.pk])


class DeliveryViewSet(ModelViewSet):
    """Deliveries, newest first."""

    model = Delivery
    name = "deliveries"
    url_prefix = "brev/utsendinger"
    icon = "mail"
    menu_label = _("Deliveries")
    menu_order = 10
    copy_view_enabled = False
    inspect_view_enabled = False
    add_to_reference_index = False
    form_fields: list[str] = []
    index_view_class = DeliveryIndexView
    index_template_name = "newsletters/admin/deliveries.html"
    list_display = [
        TitleColumn(
            "letter",
            label=_("Letter"),
            get_url=lambda row: reverse("newsletters_admin:delivery", args=[row.pk]),
        ),
        "series",
        Column("status", label=_("Status"), accessor="get_status_display"),
        Column("created_at", label=_("Ordered")),
    ]
    list_filter = ["series", "status"]

    @property
    def permission_policy(self):
        """Deliveries are made on the send page only."""
        return ReadOnlyPolicy(self.model)


class LetterGroup(ViewSetGroup):
    """The menu "Letters"."""

    menu_label = _("Letters")
    menu_icon = "mail"
    menu_name = "letters"
    menu_order = 270
    items = (
        LetterListViewSet,
        DeliveryViewSet,
        CoverageViewSet,
        SeriesViewSet,
        InterestViewSet,
        SubscriptionViewSet,
        SavedAudienceViewSet,
        StrayMailViewSet,
        SuppressedViewSet,
    )
