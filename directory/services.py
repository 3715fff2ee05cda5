"""What happens to people: become a user's person, get a corrected address, be merged, be erased, be exported."""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from accounts.models import User
from directory.imports import scrubbing
from directory.models import FormerNumber, ImportRow, Person, PersonAddress
from directory.signals import (
    address_is_corrected,
    people_are_merging,
    person_data_is_collected,
    person_is_being_erased,
    person_links_are_collected,
)


def become_person(user: User) -> Person | None:
    """Tie a user to the person who has one of the user's verified addresses; returns the person, if any.

    An address that is not verified counts for nothing: anyone can type one.
    """
    if Person.objects.filter(user=user).exists():
        return user.person
    verified = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    for email in verified:
        person = Person.objects.by_email(email).filter(user__isnull=True).first()
        if person is not None:
            person.user = user
            person.save(update_fields=["user", "updated_at"])
            return person
    return None


@transaction.atomic
def correct_address(person: Person, email: str, by: User | None = None) -> Person:
    """Give the person a new main address and keep the old one, so that replies and bounces are recognised.

    Raises ValidationError when another person has the address.
    """
    new = email.strip()
    old = person.email
    if new.lower() == old.lower():
        return person
    if Person.objects.by_email(new).exclude(pk=person.pk).exists():
        raise ValidationError({"email": _("Another person has this address already.")})
    person = Person.objects.get(pk=person.pk)
    person.email = new
    person.save(update_fields=["email", "updated_at"])
    address_was_corrected(person, old, by)
    return person


@transaction.atomic
def address_was_corrected(person: Person, old: str, by: User | None = None) -> None:
    """Keep the old address beside the new one and tell the apps on the right."""
    PersonAddress.objects.filter(person=person, email__iexact=person.email).delete()
    if old and not PersonAddress.objects.filter(email__iexact=old).exists():
        PersonAddress.objects.create(person_id=person.pk, email=old)
    address_is_corrected.send(sender=Person, person=person, old=old)
    log(instance=person, action="directory.correct_address", user=by)


@transaction.atomic
def merge_people(keep: Person, drop: Person, by: User | None = None) -> Person:
    """Make two entries of one human being into one; `drop` is gone afterwards, and its number leads to `keep`.

    Apps with rules of their own move their rows by the signal; every other row that points at `drop` moves by itself.
    Where `keep` has the same thing already, theirs stands.
    """
    if keep.pk == drop.pk:
        raise ValidationError(_("Choose two different people."))
    locked = Person.objects.select_for_update().filter(pk__in=[keep.pk, drop.pk]).in_bulk()
    keep, drop = locked[keep.pk], locked[drop.pk]
    if keep.user_id and drop.user_id:
        raise ValidationError(_("Both have a log-in. Close one of the log-ins first."))
    people_are_merging.send(sender=Person, keep=keep, drop=drop)
    for relation in Person._meta.related_objects:
        _move(relation, keep, drop)
    address, user_id = drop.email, drop.user_id
    for field in ("first_name", "last_name", "profession", "note"):
        if not getattr(keep, field):
            setattr(keep, field, getattr(drop, field))
    FormerNumber.objects.create(number=drop.pk, person=keep)
    Person.objects.filter(pk=drop.pk).delete()
    keep.user_id = keep.user_id or user_id
    keep.save(update_fields=["first_name", "last_name", "profession", "note", "user", "updated_at"])
    if not Person.objects.by_email(address).exists():
        PersonAddress.objects.create(person=keep, email=address)
    # The log names the dropped entry, by its address where it had no name; erasing the person must find that too.
    ModelLogEntry.objects.for_instance(drop).update(object_id=str(keep.pk), label=str(keep))
    log(instance=keep, action="directory.merge", user=by)
    return Person.objects.get(pk=keep.pk)


def _move(relation, keep: Person, drop: Person) -> None:
    """Let the rows of one relation point at `keep`; a row that would be there twice stays and goes with `drop`."""
    model, name = relation.related_model, relation.field.name
    for row in model._base_manager.filter(**{name: drop}):
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=row.pk).update(**{name: keep})
        except IntegrityError:
            continue


@transaction.atomic
def erase_person(person: Person, by: User | None = None) -> None:
    """Erase a person: what apps keep outside pointing rows by signal, then the person with all that hangs on it.

    The log keeps that someone was erased, not who. The user's log-in goes too, unless it opens the admin.
    """
    person_is_being_erased.send(sender=Person, person=person)
    addresses = {person.email.lower(), *(row.email.lower() for row in person.further_addresses.all())}
    scrubbing.forget(person, addresses)
    # What was done with the entry stays in the log; whose it was does not.
    ModelLogEntry.objects.for_instance(person).update(label=_("An erased person"))
    user = person.user
    number = person.pk
    person.delete()
    if user is not None and not user.has_perm("wagtailadmin.access_admin"):
        user.delete()
    # No row is left to hang the entry on; the person who did it carries it.
    actor = by if by is not None and by.pk and User.objects.filter(pk=by.pk).exists() else None
    if actor is not None:
        log(instance=actor, action="directory.erase", user=actor, data={"number": number})


def collect(person: Person) -> dict:
    """Return everything stored about a person, for the person to read: the register's own and what apps add."""
    parts: list[tuple[str, list[dict]]] = []
    rows = ImportRow.objects.filter(person=person).select_related("people_import")
    imports = [{"date": row.people_import.created_at.isoformat(), **row.values} for row in rows]
    parts.append((_("Rows of imported files, kept for 30 days"), imports))
    person_data_is_collected.send(sender=Person, person=person, parts=parts)
    links: dict[str, str] = {}
    person_links_are_collected.send(sender=Person, person=person, links=links)
    return {
        "person": {
            "name": person.name,
            "email": person.email,
            "further_addresses": [row.email for row in person.further_addresses.all()],
            "profession": person.get_profession_display(),
            "language": person.get_language_display(),
            "note": person.note,
            "registered": person.created_at.isoformat(),
        },
        "positions": [_position(row) for row in person.positions.select_related("unit", "organisation")],
        "stored": [{"about": heading, "rows": rows} for heading, rows in parts],
        "links": links,
    }


def _position(row) -> dict:
    return {
        "title": row.title,
        "unit": row.unit.name if row.unit else "",
        "organisation": row.organisation.name,
        "leader_level": row.get_leader_level_display(),
        "from": row.from_date.isoformat() if row.from_date else None,
        "to": row.to_date.isoformat() if row.to_date else None,
    }


def suspected_duplicates(limit: int = 200) -> list[list[Person]]:
    """Return groups of people with the same name, written alike but for case and spaces; `limit` groups at most."""
    trim = models.functions.Trim
    whole = models.functions.Concat(trim("first_name"), models.Value(" "), trim("last_name"))
    name = models.functions.Lower(trim(whole))
    people = Person.objects.annotate(plain_name=name).exclude(plain_name="")
    names = (
        people.values("plain_name")
        .annotate(number=models.Count("pk"))
        .filter(number__gt=1)
        .order_by("plain_name")
        .values_list("plain_name", flat=True)[:limit]
    )
    groups: dict[str, list[Person]] = {}
    for person in people.filter(plain_name__in=list(names)).prefetch_related("positions__organisation"):
        groups.setdefault(person.plain_name, []).append(person)
    return list(groups.values())
