"""Periodic jobs of sign-up and statistics. Due work is found by query, so a lost message loses nothing."""

import logging
from collections.abc import Callable

from celery import shared_task

from directory.models import Person
from newsletters import closing, mails, reports, retention, rollup, signing_up, wishes
from newsletters.posting import send_unless_refused

logger = logging.getLogger(__name__)

# No row waits for these two mails, so the message itself is tried again: first after a minute, then ever more seldom
# up to ten minutes, for about an hour and a half. Every error of a mail server is an OSError (SMTPException is one).
TRY_AGAIN = {
    "autoretry_for": (OSError,),
    "retry_backoff": 60,
    "retry_backoff_max": 600,
    "retry_jitter": False,
    "max_retries": 12,
}


@shared_task(name="newsletters.tasks_statistics.mail_signups")
def mail_signups() -> int:
    """Send the confirmation and welcome mails that wait."""
    return mails.send_waiting_signup_mails()


@shared_task(name="newsletters.tasks_statistics.erase_old_signups")
def erase_old_signups() -> int:
    """Delete sign-ups older than a week, and forget pauses that are over."""
    return signing_up.erase_old_requests() + wishes.erase_ended_pauses()


@shared_task(name="newsletters.tasks_statistics.roll_up")
def roll_up() -> int:
    """Count settled hits and bring totals up to date."""
    return rollup.roll_up()


@shared_task(name="newsletters.tasks_statistics.close_statistics")
def close_statistics() -> int:
    """Close what is due and mail the reports that wait."""
    closed = closing.close_due()
    reports.mail_waiting_reports()
    return closed


@shared_task(name="newsletters.tasks_statistics.erase_receivers")
def erase_receivers() -> int:
    """Forget who got the letters that are old enough."""
    return retention.erase_due()


@shared_task(name="newsletters.tasks_statistics.mail_erasure", **TRY_AGAIN)
def mail_erasure(person_id: int) -> None:
    """Mail a person the link that erases them; a mail server that is away is asked again."""
    _mail(mails.send_erasure_mail, person_id)


@shared_task(name="newsletters.tasks_statistics.mail_preferences", **TRY_AGAIN)
def mail_preferences(person_id: int) -> None:
    """Mail a person a fresh link to the preference page; a mail server that is away is asked again."""
    _mail(mails.send_preferences_mail, person_id)


def _mail(send: Callable[[Person], None], person_id: int) -> None:
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        logger.info("Person %s was erased before the mail to them was sent", person_id)
        return
    send_unless_refused(lambda: send(person))
