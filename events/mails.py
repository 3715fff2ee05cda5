"""Mail about registrations."""

import logging
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from events.calendars import address_of, calendar_of
from events.models import Registration
from events.services import cancel_token

logger = logging.getLogger(__name__)

Mail = Registration.Mail


def send_due(registration_id: int) -> bool:
    """Send the mail a registration waits for, once; says whether one was sent.

    The row stays locked while the mail is sent: a second worker finds nothing left to do. When sending fails the
    row keeps its due mail, and the periodic task tries again.
    """
    with transaction.atomic():
        row = (
            Registration.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(pk=registration_id)
            .exclude(mail_due="")
            .first()
        )
        if row is None:
            return False
        try:
            build(row).send()
        except SMTPRecipientsRefused:
            # The address does not exist: trying again would go on for ever. The list shows whom nobody reached.
            logger.warning("The mail of registration %s was refused: no such address.", row.pk)
        row.mail_due = ""
        row.save(update_fields=["mail_due"])
    return True


def send_all_due() -> int:
    """Send every registration mail that waits; returns how many were sent. One that fails does not hold up the rest."""
    sent = 0
    for key in list(Registration.objects.exclude(mail_due="").values_list("pk", flat=True)):
        try:
            sent += send_due(key)
        except (OSError, SMTPException) as error:
            logger.warning("The mail of registration %s must wait: %s", key, error)
    return sent


def build(registration: Registration) -> EmailMessage:
    """Return the mail in the event's language, with the calendar entry for those who have a place."""
    event = registration.event
    with translation.override(event.interface_language):
        path = reverse("events:cancel", args=[cancel_token(registration)])
        context = {
            "registration": registration,
            "event": event,
            "event_url": address_of(event),
            "cancel_url": f"{settings.SITE_URL}{path}",
            "kind": registration.mail_due,
        }
        subject = _subject(registration) % {"event": event.title}
        body = render_to_string("events/mail/registration.txt", context)
    message = EmailMessage(
        " ".join(subject.split()),
        body,
        None,
        [registration.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    if registration.mail_due in (Mail.PLACE, Mail.GOT_PLACE):
        message.attach("arrangement.ics", calendar_of(event).decode(), "text/calendar")
    return message


def _subject(registration: Registration) -> str:
    return {
        Mail.PLACE: _("You are registered: %(event)s"),
        Mail.WAITING: _("You are on the waiting list: %(event)s"),
        Mail.GOT_PLACE: _("You have got a place: %(event)s"),
        Mail.CANCELLED: _("Your registration is cancelled: %(event)s"),
    }[registration.mail_due]
