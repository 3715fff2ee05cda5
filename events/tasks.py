"""Jobs of the events: mail about registrations, erasing what is no longer needed."""

from celery import shared_task

from events import mails, services


@shared_task
def send_registration_mail(registration_id: int) -> bool:
    """Send the mail a registration waits for."""
    return mails.send_due(registration_id)


@shared_task
def send_waiting_registration_mails() -> int:
    """Send what the broker or the mail server could not take at once."""
    return mails.send_all_due()


@shared_task
def erase_needs() -> int:
    """Erase needs of access and food of events that are over."""
    return services.erase_needs()
