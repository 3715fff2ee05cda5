"""Periodic jobs of the bounce mailbox."""

import logging

from celery import shared_task
from django.conf import settings

from newsletters.bounces import reading, stray

logger = logging.getLogger(__name__)


@shared_task(name="newsletters.tasks_bounces.poll_bounces")
def poll_bounces() -> None:
    """Handle what waits in the bounce mailbox; a mailbox that is away is asked again at the next round."""
    if not settings.BOUNCE_MAILBOX:
        return
    try:
        tally = reading.process_mailbox(settings.BOUNCE_MAILBOX)
    except reading.SourceProblem as problem:
        logger.error("The bounce mailbox was not read. %s", problem)
        return
    if tally.kinds or tally.left:
        logger.info("Bounce mailbox: %s", tally)


@shared_task(name="newsletters.tasks_bounces.erase_old_mail")
def erase_old_mail() -> int:
    """Delete what has been kept of the bounce mailbox long enough."""
    return stray.erase_old()
