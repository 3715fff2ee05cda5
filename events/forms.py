"""Forms of the events."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms.anonymous import AnonymousFormMixin
from directory.models import Organisation
from events.models import Registration
from events.services import Participant


class RegistrationForm(AnonymousFormMixin, forms.ModelForm):
    """Registering for an event."""

    class Meta:
        model = Registration
        fields = ["name", "email", "organisation", "workplace", "needs"]

    field_order = ["name", "email", "organisation", "workplace", "needs"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["email"].help_text = _("The confirmation and the calendar entry are sent here.")
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.filter(is_active=True)
        organisation.empty_label = _("Another, or none of these")
        organisation.label = _("Trust or organisation")
        organisation.help_text = _(
            "We count participants by region, to see that all of the country is reached."
        )
        self.fields["workplace"].help_text = _("Unit or department.")
        self.fields["workplace"].widget.attrs["autocomplete"] = "organization"
        self.fields["needs"].label = _("Needs")
        self.fields["needs"].help_text = _(
            "Access, food or anything else we should know. Erased after the event."
        )
        self.order_fields(self.field_order)

    def validate_unique(self) -> None:
        """The service answers for doubles: the same address again gets the registration that exists."""

    def _get_validation_exclusions(self):
        # The constraint on addresses belongs to the service too.
        return super()._get_validation_exclusions() | {"event", "email", "status"}

    @property
    def participant(self) -> Participant:
        """What was told, for the service."""
        return Participant(**{name: self.cleaned_data[name] for name in self.Meta.fields})


class CancelForm(AnonymousFormMixin, forms.Form):
    """The one button that cancels."""
