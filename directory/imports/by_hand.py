"""Add one person by hand, by the same rules as an import: whoever was erased comes back only by signing up."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from wagtail.log_actions import log

from accounts.models import User
from directory.imports.judging import Candidate, barred_addresses
from directory.models import PeopleImport, Person, Position
from directory.signals import import_is_prepared, import_rows_are_written


@transaction.atomic
def add_person(data: dict[str, Any], user: User) -> tuple[Person, list[str]]:
    """Register a person from the form's cleaned data; return them and what was not done, as sentences.

    Raises ValidationError when the person must not be added by others.
    """
    chosen = data.get("choices") or []
    if barred := barred_addresses([data["email"]]):
        raise ValidationError({"email": list(barred.values())})
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
    return person, candidate.remarks
