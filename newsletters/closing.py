"""Closing a letter's statistics: the last count, a report by mail, and everything about persons erased."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Site

from core.models import ServiceSettings
from newsletters.models import Delivery, DeliveryStatistics, TrackingEvent
from newsletters.rollup import count_events, refresh_totals
from newsletters.services.control import skip_waiting

logger = logging.getLogger(__name__)

Status = Delivery.Status
# Nothing is being sent: what is tied to persons can go.
AT_REST = (Status.FINISHED, Status.CANCELLED, Status.PAUSED)
# The schedule closes every ten minutes.
OVERDUE = timedelta(hours=1)


def days_open() -> int:
    """How many days after sending a letter's statistics stay open (a setting of the service)."""
    site = Site.objects.filter(is_default_site=True).first()
    return ServiceSettings.for_site(site).statistics_close_after_days if site else 10


def due_for_closing() -> QuerySet[Delivery]:
    """Deliveries sent, or paused and forgotten, so long ago that their statistics must close."""
    limit = timezone.now() - timedelta(days=days_open())
    # One that was cancelled or paused halfway never finishes; what its readers left behind must go all the same.
    ended = Coalesce("finished_at", "last_progress_at", "started_at")
    return (
        Delivery.objects.filter(
            statistics_closed_at=None,
            started_at__isnull=False,
            status__in=AT_REST,
        )
        .annotate(ended_at=ended)
        .filter(ended_at__lte=limit)
        .order_by("ended_at")
    )


def overdue_for_closing() -> QuerySet[Delivery]:
    """Deliveries whose statistics several rounds of the schedule have not closed: something fails."""
    late = timezone.now() - timedelta(days=days_open()) - OVERDUE
    return due_for_closing().filter(ended_at__lte=late).select_related("letter", "series")


def close_due() -> int:
    """Close every delivery that is due; return how many. One that cannot be closed waits and stops no other."""
    closed = 0
    for delivery_id in list(due_for_closing().values_list("pk", flat=True)):
        try:
            closed += close_statistics(delivery_id)
        except Exception:
            logger.exception("The statistics of delivery %d could not be closed.", delivery_id)
    return closed


@transaction.atomic
def close_statistics(delivery_id: int) -> bool:
    """Count what is left, erase what was measured about persons and close.

    False when it is closed already or still to be sent.
    A paused delivery is cancelled by it: whoever waits is skipped, so that nothing is sent that nobody measures.
    The lock on the delivery makes hits wait that arrive meanwhile; one that slips in afterwards is deleted by the
    next roll-up, uncounted.
    """
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    # It may have been set going, or sent again to the failed, since somebody looked.
    if delivery.statistics_closed_at or delivery.status not in AT_REST:
        return False
    if delivery.status == Status.PAUSED:
        skip_waiting(delivery.pk)
        delivery.status = Status.CANCELLED
        delivery.status_reason = _("The delivery stood on pause until its statistics were closed.")
    events = TrackingEvent.objects.filter(delivery=delivery)
    while count_events(events):
        pass
    refresh_totals(delivery)
    events.delete()
    # Counted by now. The rows themselves go later: newsletters.retention.
    told = Q(is_measured=True) | Q(unsubscribed_at__isnull=False)
    delivery.recipients.filter(told).update(is_measured=False, unsubscribed_at=None)
    delivery.statistics_closed_at = timezone.now()
    delivery.save(update_fields=["status", "status_reason", "statistics_closed_at"])
    return True


def waiting_reports() -> QuerySet[DeliveryStatistics]:
    """Closed statistics whose report has not been mailed."""
    return DeliveryStatistics.objects.filter(
        delivery__statistics_closed_at__isnull=False, report_mailed_at=None
    ).select_related("delivery__series", "delivery__letter", "delivery__created_by")
