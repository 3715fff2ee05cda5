"""The admin's monthly traffic lights: leaders give them for their own projects, the service's leader for all."""

import django_filters
from django.core.exceptions import PermissionDenied
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from projects.models import ProjectPage, TrafficLight

# What a leader may do with the lights of an own project; a light once given is corrected, not removed.
LEADERS_MAY = {"add", "change", "view"}


class LedProjectPolicy(ModelPermissionPolicy):
    """Model permissions as everywhere; beyond them, leaders hold rights on the lights of the projects they lead."""

    def user_has_permission(self, user, action):
        """Whether the user may do it with some light."""
        if super().user_has_permission(user, action):
            return True
        return action in LEADERS_MAY and bool(user.is_active) and led_projects(user).exists()

    def user_has_any_permission(self, user, actions):
        """Whether the user may do one of these with some light."""
        return any(self.user_has_permission(user, action) for action in actions)

    def user_has_permission_for_instance(self, user, action, instance):
        """Whether the user may do it with this light."""
        if ModelPermissionPolicy.user_has_permission(self, user, action):
            return True
        return action in LEADERS_MAY and led_projects(user).filter(pk=instance.page_id).exists()

    def user_has_any_permission_for_instance(self, user, actions, instance):
        """Whether the user may do one of these with this light."""
        return any(self.user_has_permission_for_instance(user, action, instance) for action in actions)

    def instances_user_has_any_permission_for(self, user, actions):
        """The lights the user may do one of these with."""
        if any(ModelPermissionPolicy.user_has_permission(self, user, action) for action in actions):
            return TrafficLight.objects.all()
        if user.is_active and LEADERS_MAY & set(actions):
            return TrafficLight.objects.filter(page__in=led_projects(user))
        return TrafficLight.objects.none()


policy = LedProjectPolicy(TrafficLight)


def led_projects(user):
    """Return the projects the user leads."""
    return ProjectPage.objects.filter(leaders__user=user) if user.pk else ProjectPage.objects.none()


def offered_projects(user):
    """Return the projects the user may give lights for."""
    if ModelPermissionPolicy.user_has_permission(policy, user, "add"):
        return ProjectPage.objects.all()
    return led_projects(user)


def visible_projects(user):
    """Return the projects whose lights the user may see."""
    if any(ModelPermissionPolicy.user_has_permission(policy, user, right) for right in ("view", "change")):
        return ProjectPage.objects.all()
    return led_projects(user)


class TrafficLightForm(WagtailAdminModelForm):
    """One month's light of one project."""

    class Meta:
        model = TrafficLight
        fields = ["page", "month", "time", "cost", "quality", "comment"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.for_user is not None:
            self.fields["page"].queryset = offered_projects(self.for_user).order_by("title")


class TrafficLightFilterSet(WagtailFilterSet):
    """By project and month; leaders choose among their own, as titles of others' drafts are not theirs to read."""

    page = django_filters.ModelChoiceFilter(
        label=_("Project"), queryset=lambda request: visible_projects(request.user).order_by("title")
    )

    class Meta:
        model = TrafficLight
        fields = ["page", "month"]


class TrafficLightIndexView(generic.IndexView):
    """The lights the user may see."""

    def get_base_queryset(self):
        """Own projects' lights, or all, with their projects at once."""
        lights = policy.instances_user_has_any_permission_for(self.request.user, {"view", "change"})
        return lights.select_related("page")


class _OwnOnly:
    """Refuses another's light even where its address is known. Wagtail asks for rights on lights as such."""

    def get_object(self, *args, **kwargs):
        """The light, when the user may touch it."""
        light = super().get_object(*args, **kwargs)
        wanted = self.any_permission_required or [self.permission_required]
        if not policy.user_has_any_permission_for_instance(self.request.user, wanted, light):
            raise PermissionDenied
        return light


class TrafficLightEditView(_OwnOnly, generic.EditView):
    """Correct a light."""


class TrafficLightDeleteView(_OwnOnly, generic.DeleteView):
    """Remove a light."""


class TrafficLightHistoryView(_OwnOnly, generic.HistoryView):
    """Who changed a light, and when."""


class TrafficLightUsageView(_OwnOnly, generic.UsageView):
    """Where a light is used."""


class LightColumn(Column):
    """A colour, in words and as a dot."""

    cell_template_name = "projects/admin/light_cell.html"


class TrafficLightViewSet(ModelViewSet):
    """Traffic lights by month."""

    model = TrafficLight
    name = "traffic_lights"
    url_prefix = "traffic-lights"
    icon = "history"
    menu_label = _("Traffic lights")
    menu_order = 340
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = TrafficLightIndexView
    edit_view_class = TrafficLightEditView
    delete_view_class = TrafficLightDeleteView
    history_view_class = TrafficLightHistoryView
    usage_view_class = TrafficLightUsageView
    filterset_class = TrafficLightFilterSet
    ordering = ["-month", "page__title"]
    list_display = [
        Column("page", label=_("Project"), accessor="page", classname="title"),
        DateColumn("month", label=_("Month"), accessor="month", sort_key="month"),
        LightColumn("time", label=_("Time"), accessor="time"),
        LightColumn("cost", label=_("Cost"), accessor="cost"),
        LightColumn("quality", label=_("Quality"), accessor="quality"),
        Column("comment", label=_("Comment"), accessor="comment"),
    ]
    list_export = ["page", "month", "time", "cost", "quality", "comment"]
    export_headings = {
        "page": _("Project"),
        "month": _("Month"),
        "time": _("Time"),
        "cost": _("Cost"),
        "quality": _("Quality"),
        "comment": _("Comment"),
    }
    export_filename = "trafikklys"

    @cached_property
    def permission_policy(self):
        """Leaders beyond the model permissions."""
        return policy

    def get_form_class(self, for_update=False):
        """The form that knows its user."""
        return TrafficLightForm
