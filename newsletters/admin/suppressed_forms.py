"""Forms of the page that looks an address up: which one, why it is let go, why it is blocked."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from newsletters.models import SuppressedAddress


class LookUpForm(forms.Form):
    """Which address it is about."""

    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_(
            "The register keeps no addresses, only a mark made from each. The address is not stored."
        ),
    )


class ReasonForm(forms.Form):
    """Why something is done; the reason is kept in the log, the address is not."""

    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args, email: str, **kwargs) -> None:
        self.email = email
        super().__init__(*args, **kwargs)

    def clean_reason(self) -> str:
        """The log must not name the address."""
        reason = self.cleaned_data["reason"]
        if self.email.lower() in reason.lower():
            raise ValidationError(_("Leave the address out: the reason is kept, the address is not."))
        return reason


class LiftForm(ReasonForm):
    """Why letters may go to the address again."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("Kept in the log."))
    has_asked = forms.BooleanField(
        label=_("The owner has asked for letters again"),
        help_text=_("Write under “Reason” when and how they asked."),
    )

    def __init__(self, *args, stop: SuppressedAddress | None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if stop and stop.reason == SuppressedAddress.Reason.COMPLAINT:
            return
        del self.fields["has_asked"]
        self.fields["reason"].help_text = _(
            "How we know that letters arrive again, e.g. that the hospital's mail was down. Kept in the log."
        )


class BlockForm(ReasonForm):
    """Why letters must not go to the address."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Who asked for it and when, or what is wrong. Kept in the log."),
    )
