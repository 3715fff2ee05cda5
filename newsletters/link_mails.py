"""Mails that carry a person's own link, and the queue they wait in: few an hour, and never lost in silence."""

import logging

from celery import Task
from django.core.mail import get_connection

from core.forms.anonymous import give_back, within_limit
from directory.models import Person
from newsletters.models import address_hash

logger = logging.getLogger(__name__)

# Mails to one address within an hour: nobody's inbox can be filled from our forms.
MAILS_PER_ADDRESS = 3
# A number no person has: the job for an unknown address finds nobody to mail.
NOBODY = 0


def wake_mailer() -> None:
    """Ask a worker to send the mails that wait. Without a broker the scheduler finds them within a minute."""
    from newsletters.tasks_statistics import mail_signups

    enqueue(mail_signups)


def enqueue(task: Task, *args: int) -> bool:
    """Queue a task; False, and a line in the log, when the broker does not answer."""
    try:
        task.apply_async(args, retry=False)
    except Exception:
        logger.exception("%s could not be queued", task.name)
        return False
    return True


def mail_person(purpose: str, person: Person | None) -> None:
    """Have a worker mail the person a link: `purpose` is "erasure" or "preferences". Few an hour, in silence.

    For nobody the same is done but the mail, so that neither time nor answer tells whether an address is known. Raises
    OSError when neither the queue nor the mail server takes it: what is refused for good is no error, it is over.
    """
    from newsletters import tasks_statistics as tasks

    task = {"erasure": tasks.mail_erasure, "preferences": tasks.mail_preferences}[purpose]
    if person and not may_mail(purpose, person.email):
        person = None
    if enqueue(task, person.pk if person else NOBODY):
        return
    try:
        if person:
            task(person.pk)  # no broker: rather a slow page than a promise that is not kept
        else:
            _knock_at_mail_server()
    except OSError:
        if person:
            give_back(_mail_key(purpose, person.email))
        raise


def may_mail(purpose: str, email: str) -> bool:
    """Whether the address has had few enough mails of this purpose within the hour; counts this one."""
    return within_limit(_mail_key(purpose, email), MAILS_PER_ADDRESS)


def _mail_key(purpose: str, email: str) -> str:
    return f"mail-{purpose}:{address_hash(email)[:32]}"


def _knock_at_mail_server() -> None:
    connection = get_connection()
    connection.open()
    connection.close()
