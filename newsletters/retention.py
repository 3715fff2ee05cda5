"""How long it is known who got a letter: after that, the receivers' rows are numbers without a person.

For a while the delivery's page must answer "did she get it, and what did her mail server say?". Later nothing needs
it: figures are counters, and links in old letters carry the person's own number.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import CharField, Func, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from wagtail.models import Site

from core.models import ServiceSettings
from newsletters.models import Delivery, MergedReceiver, Recipient

logger = logging.getLogger(__name__)

BATCH = 2000
DAYS_IN_YEAR = 365
# Of the row's own number: one letter never has it twice, and it names nobody.
NO_ADDRESS = Concat(Value("erased-"), Cast("pk", CharField()), Value("@invalid.invalid"))
ERASED = {
    "email": NO_ADDRESS,
    "first_name": "",
    "person": None,
    "region": None,
    "organisation": None,
    "organisation_kind": "",
    "profession": "",
    "smtp_reply": "",
    "message_id": "",
    "lease_key": None,
    "unsubscribed_at": None,
    "is_measured": False,
    # The keys in the letter's return addresses are made of it: no mail leads to the row any more.
    "key": Func(function="gen_random_uuid", output_field=UUIDField()),
}


def months_kept() -> int:
    """How many months after sending the receivers of a letter are known (a setting of the service)."""
    site = Site.objects.filter(is_default_site=True).first()
    return ServiceSettings.for_site(site).receivers_kept_months if site else 12


def due_for_erasing() -> QuerySet[Delivery]:
    """Deliveries that ended so long ago that their receivers must be forgotten; never before their figures closed."""
    limit = timezone.now() - timedelta(days=months_kept() * DAYS_IN_YEAR // 12)
    ended = Coalesce("finished_at", "last_progress_at", "started_at", "frozen_at")
    never_sent = Q(status=Delivery.Status.CANCELLED, started_at=None)
    return (
        Delivery.objects.filter(
            Q(statistics_closed_at__isnull=False) | never_sent,
            receivers_erased_at=None,
            frozen_at__isnull=False,
        )
        .annotate(ended_at=ended)
        .filter(ended_at__lte=limit)
        .order_by("ended_at")
    )


def erase_due() -> int:
    """Erase the receivers of every delivery that is due; return how many. One that fails waits and stops no other."""
    erased = 0
    for delivery_id in list(due_for_erasing().values_list("pk", flat=True)):
        try:
            erased += erase_receivers(delivery_id)
        except Exception:
            logger.exception("The receivers of delivery %d could not be erased.", delivery_id)
    return erased


def erase_receivers(delivery_id: int) -> int:
    """Leave of a delivery's receivers only what counts; return how many rows it was. What was interrupted goes on."""
    erased = last = 0
    while batch := _erase_some(delivery_id, last):
        erased, last = erased + len(batch), batch[-1]
    Delivery.objects.filter(pk=delivery_id).update(receivers_erased_at=timezone.now())
    return erased


@transaction.atomic
def _erase_some(delivery_id: int, after: int) -> list[int]:
    """Erase so many rows that no lock is held for long; return their numbers.

    Rows of people who were erased before lose what was left of them.
    """
    rows = Recipient.objects.filter(delivery=delivery_id, pk__gt=after).exclude(email=NO_ADDRESS)
    chosen = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True)[:BATCH])
    MergedReceiver.objects.filter(recipient__in=chosen).delete()
    Recipient.objects.filter(pk__in=chosen).update(**ERASED)
    return chosen
