"""Forms beside a mail that came back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import Series


class ForwardForm(forms.Form):
    """Which series' readers of answers get the mail."""

    series = forms.ModelChoiceField(
        Series.objects.all(),
        label=_("Series whose replies it belongs to"),
        help_text=_("The mail goes, as it came, to the address that replies to this series go to."),
    )


class HardBounceForm(forms.Form):
    """Which address the mail says does not exist."""

    address = forms.EmailField(
        label=_("Address that does not exist"),
        help_text=_("It gets no more letters, and the newest letter sent to it counts as bounced."),
    )
