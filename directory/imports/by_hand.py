"""Add one person by hand, by the same rules as an import: whoever was erased comes back only at their own wish."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from accounts.models import User
from directory.imports.judging import Candidate, barred_addresses
from directory.models import PeopleImport, Person, Position
from directory.signals import import_is_prepared, import_rows_are_written

REFUSED = _(
    "The person with this address was erased from the register on their own request. Register them only if they have"
    " asked for it themselves, and then tick the box for it below."
)


class AskedBackForm(forms.Form):
    """A form that registers addresses; one of somebody erased needs the box, which is shown only then."""

    asked_back = forms.BooleanField(
        label=_("The person has asked to be in the register again"),
        required=False,
        help_text=_(
            "Who ticked this and when is kept in the person's history. Letters come only when the person signs up for"
            " them. Left empty, the person is not registered."
        ),
    )
    # Whether an address is that of somebody erased, known when the form has been checked.
    asks_back = False

    def check_erased(self, addresses: Iterable[str]) -> None:
        """Refuse addresses of people who were erased, unless the box is ticked."""
        self.asks_back = bool(barred_addresses(addresses))
        if self.asks_back and not self.cleaned_data.get("asked_back"):
            self.add_error("email", REFUSED)


def note_asked_back(person: Person, user: User) -> None:
    """Keep who says that the erased person asked to be registered, and when."""
    log(instance=person, action="directory.asked_back", user=user)


@transaction.atomic
def add_person(data: dict[str, Any], user: User) -> tuple[Person, list[str]]:
    """Register a person from the form's cleaned data; return them and what was not done, as sentences.

    Raises ValidationError when the person was erased and has not asked to come back.
    """
    chosen = data.get("choices") or []
    barred = barred_addresses([data["email"]])
    if barred and not data.get("asked_back"):
        raise ValidationError({"email": str(REFUSED)})
    candidate = Candidate(data["email"])
    import_is_prepared.send(sender=PeopleImport, candidates=[candidate], chosen=chosen)
    names = ("email", "first_name", "last_name", "profession")
    person = Person.objects.create(**{name: data[name] for name in names})
    if data["organisation"]:
        place = {name: data[name] for name in ("organisation", "title", "leader_level")}
        Position.objects.create(person=person, **place)
    import_rows_are_written.send(
        sender=PeopleImport, people=[person.pk], chosen=chosen, basis=data.get("basis", ""), by_hand=True
    )
    log(instance=person, action="wagtail.create", user=user)
    if barred:
        note_asked_back(person, user)
    return person, candidate.remarks
