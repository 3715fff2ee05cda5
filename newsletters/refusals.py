"""Refusals of the letter itself, as spam or by policy: too many of them pause the delivery. No address is to blame.

They are counted with the delivery, whether the mail server answers so to a worker or a report comes back later, as it
does where a relay takes every letter first.
"""

import logging

from django.db.models import F
from django.utils.translation import gettext as _

from newsletters.models import Delivery, Recipient
from newsletters.smtp import without_addresses

logger = logging.getLogger(__name__)

# So many refusals in a row in one worker pause the delivery. So do so many over all workers and reports, where they
# are one in SHARE or more of the letters that have an outcome.
POLICY_LIMIT = 5
POLICY_SHARE = 4


def note(delivery_id: int, number: int, answer: str) -> bool:
    """Count refusals of a running delivery, the last one in these words; return whether that paused it."""
    running = Delivery.objects.running().filter(pk=delivery_id)
    if not running.update(refusals=F("refusals") + number):
        return False
    refusals = running.values_list("refusals", flat=True).first()
    if refusals is None or refusals < POLICY_LIMIT:
        return False
    ended = [Recipient.Status.SENT, Recipient.Status.FAILED, Recipient.Status.BOUNCED]
    letters = Recipient.objects.filter(delivery_id=delivery_id, status__in=ended).count()
    return refusals * POLICY_SHARE >= letters and pause(delivery_id, answer)


def pause(delivery_id: int, answer: str) -> bool:
    """Pause a running delivery with the server's words; return whether it ran. Whoever resumes it starts anew."""
    said = without_addresses(answer)
    reason = (_("The mail server refuses the letter:") + f" {said}")[:300]
    running = Delivery.objects.running().filter(pk=delivery_id)
    paused = running.update(status=Delivery.Status.PAUSED, status_reason=reason, refusals=0)
    if paused:
        logger.error("Delivery %d is paused: the letter is refused (%s).", delivery_id, said)
    return bool(paused)
