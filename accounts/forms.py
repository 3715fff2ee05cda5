"""Forms of accounts: invitations, users, leaders, the code log-in."""

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.widgets import AdminPageChooser

from accounts.leaders import LED_TYPES
from accounts.models import Invitation, PageLeader, User
from accounts.roles import GROUP_NAMES, Role, group_of, roles_of
from accounts.signals import unknown_address_asks_for_code


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    """Let people of the register log in by code although they never had an account."""

    def clean_email(self) -> str:
        """Tell the register about an address without a log-in before allauth looks for the user."""
        email = self.cleaned_data["email"]
        if email and not User.objects.filter(email__iexact=email).exists():
            unknown_address_asks_for_code.send(sender=type(self), email=email)
        return super().clean_email()


class AcceptInvitationForm(forms.Form):
    """Name and password of a new editor."""

    first_name = forms.CharField(label=_("First name"), max_length=80)
    last_name = forms.CharField(label=_("Last name"), max_length=80)
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Several words are easy to remember and hard to guess."),
    )
    password2 = forms.CharField(
        label=_("Password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, email: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"

    def clean(self) -> dict:
        """Both passwords are the same and good enough."""
        data = super().clean()
        password = data.get("password1")
        if password and data.get("password2") and password != data["password2"]:
            self.add_error("password2", _("The two passwords are not the same."))
        elif password:
            person = User(
                email=self.email,
                first_name=data.get("first_name", ""),
                last_name=data.get("last_name", ""),
            )
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return data


class InvitationForm(WagtailAdminModelForm):
    """Whom to invite, and as what."""

    role = forms.ChoiceField(
        label=_("Role"), choices=Role.choices, help_text=_("Decides what the person may do.")
    )

    class Meta:
        model = Invitation
        fields = ["email", "role"]

    def clean_email(self) -> str:
        """Somebody who can log in already needs no invitation."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(
                _("Someone with this address can log in already. Change the role there instead.")
            )
        return email


class UserForm(WagtailAdminModelForm):
    """Name, roles and whether the user may log in. The address is changed by the user, with confirmation."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "What the person may do. Rights on projects and networks follow from the list of leaders. "
            "Without a role the person can only see their own page."
        ),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "is_active"]
        help_texts = {
            "first_name": _(
                "Shown with what the person does in the admin. Left empty, only the last name is shown."
            ),
            "last_name": _("Left empty, only the first name is shown; without any name, the address."),
            "is_active": _("Turned off, the person cannot log in and is logged out everywhere."),
        }

    def __init__(self, *args, editing_self: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].initial = [role.value for role in roles_of(self.instance)]
        if editing_self:
            # Nobody locks themselves out or gives themselves more rights by accident.
            del self.fields["is_active"]
            del self.fields["roles"]

    def save(self, commit: bool = True) -> User:
        """Save the user and exchange the roles; groups of led pages stay as they are."""
        user = super().save(commit)
        if "roles" in self.cleaned_data:
            chosen = {Role(value) for value in self.cleaned_data["roles"]}
            user.groups.remove(*user.groups.filter(name__in=GROUP_NAMES.values()))
            user.groups.add(*[group_of(role) for role in chosen])
        return user


class PageLeaderForm(WagtailAdminModelForm):
    """Who leads which project or network."""

    class Meta:
        model = PageLeader
        fields = ["page", "user", "since"]
        widgets = {"page": AdminPageChooser(target_models=[])}
        help_texts = {
            "page": _("The person may edit this page, its subpages, pictures and documents."),
            "user": _("The person must have a log-in; invite them first."),
            "since": _("The first day. Left as it is, today."),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        from django.apps import apps

        models = [apps.get_model(label) for label in LED_TYPES]
        self.fields["page"].widget = AdminPageChooser(target_models=models)
        self.fields["user"].queryset = User.objects.filter(is_active=True)

    def clean_page(self):
        """Only projects and networks have leaders."""
        from accounts.leaders import can_be_led

        page = self.cleaned_data["page"]
        if not can_be_led(page):
            raise forms.ValidationError(_("Choose a project or a network."))
        return page
