"""Registering for events: places, the waiting list, cancelling. What changes a place holds the event's row locked."""

import logging
from dataclasses import dataclass

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.forms.anonymous import within_limit
from directory.models import Organisation, Person
from events.models import EventPage, Registration

logger = logging.getLogger(__name__)

CANCEL_SALT = "events.cancel"
# Mails within an hour to somebody whose address is sent in again: nobody's inbox can be filled from our form.
MAILS_AGAIN = 3
Status = Registration.Status
Mail = Registration.Mail


@dataclass(frozen=True)
class Participant:
    """What somebody tells when registering."""

    name: str
    email: str
    workplace: str = ""
    needs: str = ""
    organisation: Organisation | None = None


@transaction.atomic
def register(event_id: int, participant: Participant, form_id: str, *, by_hand: bool = False) -> Registration:
    """Give a place, or a place on the waiting list when all are taken.

    The same form, or another form with the same address, gives the registration that exists; in the second case its
    owner is told once more by mail. Mails leave after the commit. Raises `ValidationError` when registration is not
    open (`by_hand` ignores the hours).
    """
    event = _locked(event_id)
    if known := Registration.objects.filter(form_id=form_id).first():
        return known
    if not by_hand and not event.takes_registrations:
        raise ValidationError(_("Registration is not open."), code="closed")
    if known := _open_registration(event, participant.email):
        _tell_again(known)
        return known
    status = _status_of_a_new_one(event)
    registration = Registration.objects.create(
        event=event,
        person=Person.objects.by_email(participant.email).first(),
        form_id=form_id,
        name=participant.name,
        email=participant.email,
        organisation=participant.organisation,
        workplace=participant.workplace,
        needs=participant.needs,
        status=status,
        mail_due=Mail.PLACE if status == Status.REGISTERED else Mail.WAITING,
    )
    _mail_after_commit(registration)
    return registration


def public_status(registration: Registration, form_id: str) -> str:
    """Return the status that the sender of a form may read on the page.

    Whoever writes somebody else's address reads what a stranger to the event would: only the mail, which goes to the
    address itself, tells that it was registered before.
    """
    return (
        registration.status if registration.form_id == form_id else _status_of_a_new_one(registration.event)
    )


@transaction.atomic
def cancel(registration_id: int) -> Registration:
    """Cancel a registration and give its place to the first who waits. Cancelling twice is the same as once.

    Raises `ValidationError` when the event is over.
    """
    event_id = Registration.objects.values_list("event_id", flat=True).get(pk=registration_id)
    event = _locked(event_id)
    registration = Registration.objects.get(pk=registration_id)
    if registration.status == Status.CANCELLED:
        return registration
    if event.is_past:
        raise ValidationError(_("The event is over."), code="past")
    registration.status = Status.CANCELLED
    registration.needs = ""
    registration.mail_due = Mail.CANCELLED
    registration.save(update_fields=["status", "needs", "mail_due"])
    _mail_after_commit(registration)
    fill_places(event)
    return registration


def fill_places(event: EventPage) -> list[Registration]:
    """Give free places to those who wait, first come first, and mail them. The event's row must be locked."""
    free = free_places(event)
    waiting = event.registrations.waiting()
    moved = list(waiting if free is None else waiting[:free]) if free != 0 else []
    for registration in moved:
        registration.status = Status.REGISTERED
        registration.mail_due = Mail.GOT_PLACE
        registration.save(update_fields=["status", "mail_due"])
        _mail_after_commit(registration)
    return moved


def free_places(event: EventPage) -> int | None:
    """Return how many places are free, never below 0; None when there is no limit."""
    if event.capacity is None:
        return None
    return max(0, event.capacity - event.registrations.holding_places().count())


@transaction.atomic
def change_status(registration_id: int, status: str) -> Registration:
    """Set the status as an editor chose it. A place that becomes free goes to the first who waits.

    Nothing is mailed to the person whose status is changed here: the editor has talked with them.
    """
    event_id = Registration.objects.values_list("event_id", flat=True).get(pk=registration_id)
    event = _locked(event_id)
    registration = Registration.objects.get(pk=registration_id)
    registration.status = status
    if status == Status.CANCELLED:
        registration.needs = ""
    registration.save(update_fields=["status", "needs"])
    if not event.is_past:
        fill_places(event)
    return registration


@transaction.atomic
def remove(registration: Registration) -> None:
    """Delete a registration with all that was told, and pass its place on."""
    event = _locked(registration.event_id)
    registration.delete()
    if not event.is_past:
        fill_places(event)


@transaction.atomic
def mark_attended(registration: Registration, attended: bool = True) -> None:
    """Note that somebody came, or take it back."""
    registration.status = Status.ATTENDED if attended else Status.REGISTERED
    registration.save(update_fields=["status"])


def erase_needs(days_after: int = 7) -> int:
    """Erase what people told about access and food, a week after the event; returns how many rows were emptied."""
    limit = timezone.now() - timezone.timedelta(days=days_after)
    return Registration.objects.filter(event__end__lt=limit).exclude(needs="").update(needs="")


def cancel_token(registration: Registration) -> str:
    """Return the signed token that lets its holder cancel this registration, and nothing else."""
    return signing.dumps(registration.pk, salt=CANCEL_SALT)


def registration_of_token(token: str) -> Registration | None:
    """Return the registration a token stands for; None for a forged or old one."""
    try:
        key = signing.loads(token, salt=CANCEL_SALT)
    except signing.BadSignature:
        return None
    return (
        Registration.objects.select_related("event").filter(pk=key).first() if isinstance(key, int) else None
    )


def _locked(event_id: int) -> EventPage:
    # Whoever asks for the last place waits here until the one before has got it or not.
    return EventPage.objects.select_for_update(of=("self",)).get(pk=event_id)


def _status_of_a_new_one(event: EventPage) -> str:
    return Status.REGISTERED if free_places(event) != 0 else Status.WAITING


def _tell_again(registration: Registration) -> None:
    """Mail the owner of a registration how things stand, a few times an hour at most."""
    if registration.mail_due or not within_limit(f"registered-again:{registration.pk}", MAILS_AGAIN):
        return
    registration.mail_due = Mail.WAITING if registration.status == Status.WAITING else Mail.PLACE
    registration.save(update_fields=["mail_due"])
    _mail_after_commit(registration)


def _open_registration(event: EventPage, email: str) -> Registration | None:
    return event.registrations.open().filter(email__iexact=email).first()


def _mail_after_commit(registration: Registration) -> None:
    from events.tasks import send_registration_mail

    def queue() -> None:
        try:
            send_registration_mail.delay(registration.pk)
        except Exception as error:  # the broker is away: the periodic task finds the row by `mail_due`
            logger.warning("A registration's mail waits for the scheduler: %s", error)

    transaction.on_commit(queue)
