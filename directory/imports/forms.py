"""Forms of the import pages: choose a file, say what its columns hold, add one person by hand."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from directory.imports.by_hand import AskedBackForm
from directory.imports.mapping import FIELDS, REPEATABLE
from directory.imports.offers import offer_for
from directory.models import Organisation, Person, Position


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("File with people"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xlsm,.csv,.txt,.tsv"}),
        help_text=_(
            "An Excel workbook (.xlsx) or a text file (.csv), as it comes. The order of the columns does not matter,"
            " and titles and blank rows are passed over. Nothing is written before you have seen and confirmed it."
        ),
        error_messages={"empty": _("The file is empty.")},
    )


class LettersForm(forms.Form):
    """What people are added to, and why we may write to them; left out, with `notes`, where nothing is offered."""

    choices = forms.MultipleChoiceField(
        label=_("Subscribe to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Those who have left a series are not subscribed again. Left empty, nobody gets letters because of this."
        ),
    )
    basis = forms.CharField(
        label=_("Why we may write to them"),
        required=False,
        max_length=300,
        help_text=_(
            "Kept with each subscription, and the person can read it, e.g. “Leader in the field, list from the trust"
            " 3 March”. Must be filled in when you subscribe somebody; without that it may be left empty."
        ),
    )

    def __init__(self, *args: Any, user: User | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer = offer_for(user)
        self.notes = offer.notes
        self.fields["choices"].choices = offer.choices
        if not offer.choices:
            del self.fields["choices"], self.fields["basis"]

    def clean(self) -> dict[str, Any]:
        """Letters need a basis."""
        data = super().clean()
        if data.get("choices") and not data.get("basis", "").strip() and "basis" not in self.errors:
            self.add_error("basis", _t("Say why we may write to these people."))
        return data


class ColumnsForm(LettersForm):
    """One list per column of the file, and what is to be done with the people."""

    ends_positions = forms.BooleanField(
        label=_("Changed positions replace the old ones"),
        required=False,
        help_text=_(
            "The old position ends yesterday and stays as history. Turned off, the register's position stands where the"
            " file says something else; only gaps are filled."
        ),
    )
    field_order = ("ends_positions", "choices", "basis")

    def __init__(
        self, *args: Any, headings: list[str] = (), samples: list[list[str]] = (), mapping=None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headings = headings
        choices = [("", _t("– not used –")), *FIELDS.items()]
        for number, heading in enumerate(headings):
            shown = [row[number][:60] for row in samples if number < len(row) and row[number]]
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                required=False,
                initial=(mapping or {}).get(str(number), ""),
                help_text=_t("In the file: %(cells)s") % {"cells": " · ".join(shown)}
                if shown
                else _t("The first rows are empty here."),
            )

    @property
    def columns(self) -> list[forms.BoundField]:
        """The lists of columns."""
        return [self[f"column_{number}"] for number in range(len(self.headings))]

    @property
    def options(self) -> list[forms.BoundField]:
        """The other fields."""
        return [self[name] for name in self.fields if not name.startswith("column_")]

    def choices_made(self) -> dict[str, Any]:
        """Return the other fields' values, as an import keeps them."""
        data = self.cleaned_data
        return {
            "ends_positions": data["ends_positions"],
            "choices": data.get("choices", []),
            "basis": data.get("basis", ""),
        }

    def mapping(self) -> dict[str, str]:
        """Return column number (as text) → field."""
        chosen = {str(n): self.cleaned_data.get(f"column_{n}", "") for n in range(len(self.headings))}
        return {number: field for number, field in chosen.items() if field}

    def clean(self) -> dict[str, Any]:
        """One column holds the address; no other field stands twice."""
        data = super().clean()
        fields = list(self.mapping().values())
        if "email" not in fields:
            self.add_error(None, _t("Say which column holds the e-mail address."))
        for field in FIELDS:
            if fields.count(field) > 1 and field not in REPEATABLE:
                text = _t("Two columns are said to hold “%(field)s”. Choose one of them.")
                self.add_error(None, text % {"field": FIELDS[field]})
        return data


class PersonByHandForm(AskedBackForm, LettersForm):
    """One person with place of work, and the letters with the basis for them."""

    email = forms.EmailField(label=_("E-mail"), help_text=_("The address letters go to."))
    first_name = forms.CharField(
        label=_("First name"),
        max_length=80,
        required=False,
        help_text=_("Used in greetings. Left empty, letters greet without a name."),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=80,
        required=False,
        help_text=_("Left empty, the address is shown instead."),
    )
    profession = forms.ChoiceField(
        label=_("Profession"),
        choices=[("", "–"), *Person.Profession.choices],
        required=False,
        help_text=_("Left empty, it counts as unknown in statistics."),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(is_active=True),
        label=_("Organisation"),
        required=False,
        help_text=_("Decides region and coverage. Left empty, no position is noted."),
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=120,
        required=False,
        help_text=_("Left empty, only the workplace is shown."),
    )
    leader_level = forms.TypedChoiceField(
        label=_("Leader level"),
        coerce=int,
        choices=Position.LeaderLevel.choices,
        initial=Position.LeaderLevel.NONE,
        help_text=_("Decides who counts as a leader in coverage and audiences."),
    )
    field_order = (
        "email", "asked_back", "first_name", "last_name", "profession", "organisation", "title", "leader_level",
        "choices", "basis",
    )  # fmt: skip

    def clean_email(self) -> str:
        """Nobody else may hold the address."""
        email = self.cleaned_data["email"].strip()
        holder = Person.objects.by_email(email).first()
        if holder is not None:
            raise ValidationError(
                _t("%(person)s has this address already. Open that person in the register instead.")
                % {"person": holder}
            )
        return email

    def clean(self) -> dict[str, Any]:
        """Whoever was erased comes back only at their own wish."""
        data = super().clean()
        if email := data.get("email"):
            self.check_erased([email])
        return data
