"""Forms of the send page."""

from itertools import groupby

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from directory.models import HealthRegion, Organisation, Person, Position, Unit
from networks.models import NetworkPage
from newsletters.admin.saved_audiences import LABELS, SavedChoice
from newsletters.audience import Audience
from newsletters.models import Interest, LetterPage, SavedAudience, Series
from newsletters.services.trial import read_addresses


class AudienceForm(forms.Form):
    """Who gets the letter, and when. Sent with GET to the page that shows the number."""

    subscribers = forms.BooleanField(
        label=_("Subscribers of the series"),
        required=False,
        initial=True,
        help_text=_(
            "Everyone who has confirmed. Turned off, only members of the chosen networks get the letter."
        ),
    )
    networks = forms.ModelMultipleChoiceField(
        NetworkPage.objects.live().order_by("title"),
        label=LABELS["networks"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Current members, whether they subscribe or not. Those who have left the series never get it. "
            "Left empty, only subscribers get the letter."
        ),
    )
    regions = forms.ModelMultipleChoiceField(
        HealthRegion.objects.all(),
        label=LABELS["regions"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Left empty, the whole country."),
    )
    unit_kinds = forms.MultipleChoiceField(
        choices=Unit.Kind.choices,
        label=LABELS["unit_kinds"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Left empty, all kinds."),
    )
    professions = forms.MultipleChoiceField(
        choices=Person.Profession.choices,
        label=LABELS["professions"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Left empty, all professions."),
    )
    leader_levels = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=Position.LeaderLevel.choices,
        label=LABELS["leader_levels"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Left empty, leaders and others."),
    )
    interests = forms.ModelMultipleChoiceField(
        Interest.objects.all(),
        label=LABELS["interests"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "People who have ticked at least one of these on their preference page. Left empty, interested or not."
        ),
    )
    organisations = forms.ModelMultipleChoiceField(
        Organisation.objects.filter(is_active=True),
        label=LABELS["organisations"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Left empty, all organisations. Open a region to see its organisations."),
    )
    at = forms.DateTimeField(
        label=_("Send at"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Left empty, the letter is sent as soon as you have confirmed on the next page."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # Interests that are asked for and do not exist are refused; unheeded they would widen the audience.
        if "interests" not in self.data and not self.fields["interests"].queryset.exists():
            del self.fields["interests"]

    def organisation_groups(self) -> list[dict]:
        """Return the organisations by region, national ones last, each told whether it is ticked; one query."""
        ticked = {str(value) for value in self["organisations"].value() or ()}
        rows = self.fields["organisations"].queryset.select_related("region")
        rows = sorted(
            rows,
            key=lambda row: (
                row.region is None,
                row.region and (row.region.sort_order, row.region.name),
                row.name,
            ),
        )
        groups = []
        for name, members in groupby(rows, key=lambda row: row.region.name if row.region else _t("National")):
            choices = [{"organisation": row, "is_ticked": str(row.pk) in ticked} for row in members]
            number = sum(choice["is_ticked"] for choice in choices)
            groups.append({"name": name, "choices": choices, "ticked": number})
        return groups

    def clean_at(self):
        """A time that has passed is refused here already."""
        at = self.cleaned_data["at"]
        if at and at <= timezone.now():
            raise ValidationError(_("The chosen time has passed."))
        return at

    def clean(self):
        """Someone must be chosen."""
        data = super().clean()
        if not data.get("subscribers") and not data.get("networks"):
            raise ValidationError(_("Choose the subscribers, a network, or both."))
        return data

    def audience(self, letter: LetterPage) -> Audience:
        """The chosen audience of the letter."""
        data = self.cleaned_data
        return Audience(
            series=letter.series.pk,
            is_important=letter.is_important,
            subscribers=data["subscribers"],
            networks=tuple(page.pk for page in data["networks"]),
            regions=tuple(region.pk for region in data["regions"]),
            organisations=tuple(organisation.pk for organisation in data["organisations"]),
            unit_kinds=tuple(data["unit_kinds"]),
            professions=tuple(data["professions"]),
            leader_levels=tuple(data["leader_levels"]),
            interests=tuple(interest.pk for interest in data.get("interests", ())),
        )


def initial_audience(series: Series | None, default: SavedChoice | None = None) -> dict:
    """Return the form's start: the series' default as it stands today; nobody where it cannot be used any longer."""
    if default:
        return default.audience.as_dict() if default.is_usable else {"subscribers": False}
    return Audience.of_series(series).as_dict() if series else {"subscribers": True}


class SavedAudienceForm(WagtailAdminModelForm):
    """The name of a saved audience; the instance knows its series."""

    class Meta:
        model = SavedAudience
        fields = ["name"]

    def clean_name(self) -> str:
        """A name stands once per series, whatever its case."""
        name = self.cleaned_data["name"].strip()
        same = SavedAudience.objects.filter(series=self.instance.series_id, name__iexact=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("The series has a saved audience of this name."))
        return name


class TestLetterForm(forms.Form):
    """Where a test letter goes."""

    addresses = forms.CharField(
        label=_("Send a test to"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Any addresses, separated by commas or line breaks. A test is counted nowhere."),
    )

    def clean_addresses(self) -> list[str]:
        """The addresses as a list."""
        return read_addresses(self.cleaned_data["addresses"])
