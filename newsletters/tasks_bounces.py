"""Periodic jobs of the bounce mailbox."""

import logging

from celery import shared_task
from django.conf import settings

from newsletters.bounces import outgoing, reading, stray

logger = logging.getLogger(__name__)


@shared_task(name="newsletters.tasks_bounces.poll_bounces")
def poll_bounces() -> None:
    """Handle what waits in the bounce mailbox, then send on the replies in it.

    A mailbox that is away is asked again at the next round.
    """
    if settings.BOUNCE_MAILBOX in {"", "pipe:"}:
        return
    try:
        tally = reading.process_mailbox(settings.BOUNCE_MAILBOX)
    except reading.SourceProblem as problem:
        logger.error("The bounce mailbox was not read. %s", problem)
    else:
        if tally.kinds or tally.left:
            logger.info("Bounce mailbox: %s", tally)
    # A mailbox that broke off in the middle has given some mails already.
    outgoing.forward_waiting()


@shared_task(name="newsletters.tasks_bounces.forward_mail")
def forward_mail() -> int:
    """Send on what waits for it."""
    return outgoing.forward_waiting()


@shared_task(name="newsletters.tasks_bounces.erase_old_mail")
def erase_old_mail() -> int:
    """Delete what has been kept of the bounce mailbox long enough."""
    return stray.erase_old()
