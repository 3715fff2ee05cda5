"""Forms of the publications."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms.anonymous import AnonymousFormMixin
from publications.models import MOST_COPIES, PrintOrder


class OrderForm(AnonymousFormMixin, forms.ModelForm):
    """An order of printed copies."""

    class Meta:
        model = PrintOrder
        fields = ["copies", "organisation", "name", "email", "address"]

    field_order = ["copies", "organisation", "name", "email", "address"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, hint in {"organisation": "organization", "name": "name", "email": "email"}.items():
            self.fields[name].widget.attrs["autocomplete"] = hint
        self.fields["copies"].help_text = _("At most %(most)d. Write to us if you need more.") % {
            "most": MOST_COPIES
        }
        self.fields["address"].required = True
        self.fields["address"].help_text = _("Where we send the parcel. Erased when it is sent.")
        self.fields["address"].widget = forms.Textarea(
            attrs={"rows": 4, "maxlength": 400, "autocomplete": "street-address"}
        )
        self.order_fields(self.field_order)

    @property
    def told(self) -> dict:
        """What was told, for the service."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
