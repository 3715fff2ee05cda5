"""The admin's list of registrations."""

import django_filters
from django import forms
from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from core.spreadsheets import HarmlessExport
from directory.models import HealthRegion
from events import services
from events.models import EventPage, Registration, new_form_id


class RegistrationFilterSet(WagtailFilterSet):
    """By event, status and region."""

    event = django_filters.ModelChoiceFilter(label=_("Event"), queryset=EventPage.objects.order_by("-start"))
    region = django_filters.ModelChoiceFilter(
        label=_("Health region"), queryset=HealthRegion.objects.all(), field_name="organisation__region"
    )

    class Meta:
        model = Registration
        fields = ["event", "status", "region"]


class AddRegistrationForm(WagtailAdminModelForm):
    """Someone who registered by phone or mail."""

    class Meta:
        model = Registration
        fields = ["event", "name", "email", "organisation", "workplace", "needs"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["event"].queryset = EventPage.objects.order_by("-start")

    def clean(self) -> dict:
        """An address is registered once for an event."""
        data = super().clean()
        event, email = data.get("event"), data.get("email")
        if event and email and event.registrations.open().filter(email__iexact=email).exists():
            raise forms.ValidationError(_("This address is registered for the event already."))
        return data


class ChangeRegistrationForm(WagtailAdminModelForm):
    """What an editor may correct."""

    class Meta:
        model = Registration
        fields = ["status", "name", "email", "organisation", "workplace", "needs"]


class RegistrationIndexView(HarmlessExport, generic.IndexView):
    """Registrations with event and organisation at once."""

    def get_base_queryset(self):
        """Rows with what the list shows, in a fixed number of queries."""
        return super().get_base_queryset().select_related("event", "organisation__region")


class RegistrationCreateView(generic.CreateView):
    """Register by hand, whatever the hours; the waiting list still holds when the event is full."""

    def save_instance(self):
        """Let the service find the place and mail the confirmation."""
        data = dict(self.form.cleaned_data)
        event = data.pop("event")
        return services.register(event.pk, services.Participant(**data), new_form_id(), by_hand=True)


class RegistrationEditView(generic.EditView):
    """Correct a registration; a place that becomes free is passed on."""

    def save_instance(self):
        """Save the texts here, and the status through the service."""
        wanted = self.form.cleaned_data["status"]
        self.form.instance.status = self.form.initial["status"]
        registration = self.form.save()
        return services.change_status(registration.pk, wanted)


class RegistrationDeleteView(generic.DeleteView):
    """Delete a registration and pass its place on."""

    def delete_action(self):
        """Delete through the service."""
        services.remove(self.object)


class AttendanceColumn(Column):
    """A button that marks someone as attended, or takes it back."""

    cell_template_name = "events/admin/attendance_cell.html"


class RegistrationViewSet(ModelViewSet):
    """Registrations for events: list, filters, export, attendance, adding by hand."""

    model = Registration
    name = "registrations"
    url_prefix = "registrations"
    icon = "group"
    menu_label = _("Registrations")
    menu_order = 310
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    index_view_class = RegistrationIndexView
    add_view_class = RegistrationCreateView
    edit_view_class = RegistrationEditView
    delete_view_class = RegistrationDeleteView
    filterset_class = RegistrationFilterSet
    search_fields = ["name", "email", "workplace"]
    search_backend_name = None
    ordering = ["-created_at"]
    list_per_page = 100
    list_display = [
        "name",
        "email",
        Column("event", label=_("Event"), accessor="event"),
        Column("organisation", label=_("Organisation"), accessor="organisation"),
        Column("status", label=_("Status"), accessor="get_status_display", sort_key="status"),
        DateColumn("created_at", label=_("Registered"), accessor="created_at", sort_key="created_at"),
        AttendanceColumn("attendance", label=_("Attendance"), accessor="pk"),
    ]
    list_export = [
        "event",
        "name",
        "email",
        "organisation",
        "region_name",
        "workplace",
        "needs",
        "get_status_display",
        "created_at",
    ]
    export_headings = {
        "event": _("Event"),
        "name": _("Name"),
        "email": _("E-mail"),
        "organisation": _("Organisation"),
        "region_name": _("Health region"),
        "workplace": _("Workplace"),
        "needs": _("Needs"),
        "get_status_display": _("Status"),
        "created_at": _("Registered"),
    }
    export_filename = "deltakere"

    def get_form_class(self, for_update=False):
        """The event is chosen once; the status is set later."""
        return ChangeRegistrationForm if for_update else AddRegistrationForm

    def get_urlpatterns(self):
        """The list's own addresses and that of the attendance button."""
        return [*super().get_urlpatterns(), path("<int:pk>/attended/", mark_attended, name="attended")]


@require_POST
@permission_required("events.change_registration")
def mark_attended(request, pk: int):
    """Mark somebody as attended, or take it back; returns to the list as it was filtered."""
    registration = get_object_or_404(Registration, pk=pk)
    came = registration.status != Registration.Status.ATTENDED
    if registration.status in (Registration.Status.REGISTERED, Registration.Status.ATTENDED):
        services.mark_attended(registration, came)
    else:
        messages.error(request, _t("Only someone who has a place can be marked as attended."))
    answer = redirect("registrations:index")
    # Parsed and written anew: a header takes no line breaks.
    query = QueryDict(request.POST.get("query", "")).urlencode()
    if query:
        answer["Location"] += f"?{query}"
    return answer
