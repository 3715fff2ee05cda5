"""Forms of the public pages about letters."""

from django import forms
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.forms.anonymous import AnonymousFormMixin
from core.models import ServiceSettings
from directory.models import Person
from newsletters.models import Interest, Series
from newsletters.wishes import Wish, pause_end, wish_of

MEASURING_LABEL = _("Yes, you may measure which letters I open and which links I click")
MEASURING_HELP = _(
    "We use it to make better letters. What is tied to you is erased when the letter's statistics close, after about"
    " %(days)s days. You can change your mind at any time with the link in every letter. The letters come whether you"
    " tick or not."
)
SIGNUP_WORDING = _(
    "We store your address and your name to send you the letters you have chosen. You can leave at any time with the"
    " link in every letter."
)
WISH_HELP = _("It holds for all letters from us. We mark a few letters a year as important.")
REASONS = [
    ("too_many", _("Too many letters")),
    ("not_relevant", _("Not relevant to my work")),
    ("new_job", _("I have a new job")),
    ("never_asked", _("I never asked for them")),
    ("other", _("Something else")),
]


class SeriesField(forms.ModelMultipleChoiceField):
    """Series to tick, each with what it holds and how often it comes."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Series) -> str:
        """Name, and the description in smaller letters."""
        return format_html(
            '<span><strong>{}</strong><br><span class="tp-field__help">{}</span></span>',
            obj.name,
            obj.description,
        )


class MeasuringMixin:
    """Adds the box for consent to measuring, unticked, where the service measures with consent."""

    def add_measuring(self, service: ServiceSettings, *, initial: bool = False) -> None:
        """Add the field as the last one people see."""
        self.measuring_help = str(MEASURING_HELP) % {"days": service.statistics_close_after_days}
        if service.measuring_mode == ServiceSettings.MeasuringMode.CONSENT:
            self.fields["measuring"] = forms.BooleanField(
                label=MEASURING_LABEL, help_text=self.measuring_help, required=False, initial=initial
            )

    @property
    def measuring_wording(self) -> str:
        """The words beside the box as they were shown, if it was ticked."""
        return f"{MEASURING_LABEL}. {self.measuring_help}" if self.cleaned_data.get("measuring") else ""

    @property
    def asks_about_measuring(self) -> bool:
        """Whether the box is shown at all."""
        return "measuring" in self.fields


class SignupForm(MeasuringMixin, AnonymousFormMixin, forms.Form):
    """Sign-up to one or several series."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write the address like this: name@example.no."),
        },
    )
    first_name = forms.CharField(
        label=_("First name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )

    def __init__(self, *args, service: ServiceSettings, chosen: Series | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        series = Series.objects.filter(is_public=True)
        if chosen:
            series = series.filter(pk=chosen.pk)
        self.only = list(series[:2])
        self.only = self.only[0] if len(self.only) == 1 else None
        if not self.only:
            self.fields["series"] = SeriesField(
                label=_("Which letters do you want?"),
                queryset=series,
                error_messages={"required": _("Choose at least one letter.")},
            )
        self.add_measuring(service)
        self.order_fields(["series", "email", "first_name", "last_name", "measuring"])

    @property
    def chosen_series(self) -> list[Series]:
        """The series asked for."""
        return [self.only] if self.only else list(self.cleaned_data["series"])

    @property
    def wording(self) -> str:
        """What the person agreed to, as it was shown."""
        names = ", ".join(series.name for series in self.chosen_series)
        return f"{SIGNUP_WORDING} ({names})"


class UnsubscribeForm(forms.Form):
    """Leaving: this series or everything, and why, if one wants to say."""

    scope = forms.ChoiceField(
        label=_("What do you want to leave?"), widget=forms.RadioSelect, initial="series"
    )
    reason = forms.ChoiceField(
        label=_("Why do you leave?"), choices=[("", _("I would rather not say")), *REASONS], required=False
    )

    def __init__(self, *args, series: Series, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Everything is offered to readers of one series too: others may begin later.
        self.fields["scope"].choices = [
            ("series", gettext("Only %(series)s") % {"series": series.name}),
            ("all", _("All letters from us, those that may come later too")),
        ]


class PreferencesForm(MeasuringMixin, forms.Form):
    """What a person gets, in which language, and whether it may be measured."""

    # Everything has an answer already, so "(optional)" would tell nothing.
    is_all_optional = True

    language = forms.ChoiceField(
        label=_("Language of mails and pages about your letters"),
        choices=[("nb", "Bokmål"), ("nn", "Nynorsk")],
        widget=forms.RadioSelect,
    )

    def __init__(
        self,
        *args,
        service: ServiceSettings,
        person: Person,
        has_consented: bool,
        current: list[Series],
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = Series.objects.filter(is_public=True) | Series.objects.filter(
            pk__in=[series.pk for series in current]
        )
        self.fields["series"] = SeriesField(
            label=_("Letters you get"), queryset=offered, required=False, initial=[one.pk for one in current]
        )
        self.fields["language"].initial = person.language
        self._add_wish(person)
        self._add_interests(person)
        self.add_measuring(service, initial=has_consented)
        self.order_fields(["series", "wish", "interests", "measuring", "language"])

    def _add_wish(self, person: Person) -> None:
        """One letter fewer; a pause that holds is named by its last day."""
        choices = dict(Wish.choices)
        if last_day := pause_end(person):
            told = {"day": date_format(last_day, "j. F Y")}
            choices[Wish.PAUSE] = gettext("No letters up to and including %(day)s") % told
        self.fields["wish"] = forms.ChoiceField(
            label=gettext("How many letters do you want?"),
            help_text=WISH_HELP,
            choices=list(choices.items()),
            widget=forms.RadioSelect,
            required=False,
            initial=wish_of(person).value,
        )

    def _add_interests(self, person: Person) -> None:
        """What one may say one wants to read about, where the service asks."""
        offered = Interest.objects.all()
        if offered.exists():
            self.fields["interests"] = forms.ModelMultipleChoiceField(
                offered,
                label=gettext("What do you want to read about?"),
                help_text=gettext("Some letters go only to those who have ticked what they are about."),
                widget=forms.CheckboxSelectMultiple,
                required=False,
                initial=list(person.interests.values_list("interest", flat=True)),
            )


class AddressForm(AnonymousFormMixin, forms.Form):
    """Asking for a mail with the link to one's own preference page."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write the address like this: name@example.no."),
        },
    )
