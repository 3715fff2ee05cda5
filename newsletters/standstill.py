"""Deliveries that stand still: found by query, shown in the admin, told by mail once and to monitoring always."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from newsletters.mails import send_system_mail
from newsletters.models import Delivery, Recipient
from newsletters.services.deliver import SEND_PERMISSION

logger = logging.getLogger(__name__)
RATE_MINUTES = 5


@dataclass(frozen=True)
class Standstill:
    """A delivery that stands still, and why: a word for monitoring, a sentence for people."""

    delivery: Delivery
    cause: str
    sentence: str


def standing_still() -> list[Standstill]:
    """Return the deliveries that stand still, in one query."""
    return [_described(delivery) for delivery in _found().defer("html", "text")]


def standstill_of(delivery: Delivery) -> Standstill | None:
    """Return whether and why this delivery stands still."""
    if not delivery.is_open:
        return None
    found = _found().defer("html", "text").filter(pk=delivery.pk).first()
    return _described(found) if found else None


def _found() -> QuerySet[Delivery]:
    limit = timezone.now() - timedelta(minutes=settings.LETTER_STANDSTILL_MINUTES)
    rows = Recipient.objects.filter(delivery=OuterRef("pk"))
    status = Delivery.Status
    stopped = Q(status=status.PAUSED) & ~Q(status_reason="")  # people who pause give no reason
    overdue = Q(status=status.SCHEDULED, scheduled_for__lte=limit)
    idle = Q(status=status.SENDING, moved_at__lte=limit, has_waiting=True)
    orphaned = Q(status__in=[status.SENDING, status.PAUSED], has_orphans=True)
    return (
        Delivery.objects.filter(status__in=[status.SENDING, status.PAUSED, status.SCHEDULED])
        .annotate(
            moved_at=Coalesce("last_progress_at", "started_at", "created_at"),
            has_waiting=Exists(rows.filter(status=Recipient.Status.PENDING, next_attempt_at__lte=limit)),
            has_orphans=Exists(rows.filter(status=Recipient.Status.SENDING, lease_until__lte=limit)),
        )
        .filter(stopped | overdue | idle | orphaned)
        .select_related("letter", "series")
    )


def _described(delivery: Delivery) -> Standstill:
    status = Delivery.Status
    if delivery.status == status.SCHEDULED:
        said = _("The delivery should have started %(when)s, and has not.")
        return Standstill(delivery, "not started", said % {"when": _moment(delivery.scheduled_for)})
    if delivery.status == status.PAUSED and delivery.status_reason:
        return Standstill(
            delivery, "stopped", _("The portal has paused the delivery and waits for somebody to look at it.")
        )
    if delivery.has_orphans:
        said = _("A worker has vanished with receivers in its hands, and no other has taken over.")
        return Standstill(delivery, "worker vanished", said)
    said = _("Receivers are waiting, but nothing has been sent since %(when)s.")
    return Standstill(delivery, "nothing sent", said % {"when": _moment(delivery.moved_at)})


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "j. F Y H:i") if moment else ""


def tell() -> int:
    """Mail those who may send about each standstill they have not been told of; return how many it were.

    A delivery that moves again may be told of anew. A mail server that is away is asked again the next time.
    """
    found = standing_still()
    told = Delivery.objects.filter(standstill_told_at__isnull=False)
    told.exclude(pk__in=[one.delivery.pk for one in found]).update(standstill_told_at=None)
    return sum(_tell_once(one) for one in found if one.delivery.standstill_told_at is None)


def _tell_once(standstill: Standstill) -> bool:
    # Marked first, in one step: two workers never tell the same twice.
    row = Delivery.objects.filter(pk=standstill.delivery.pk)
    receivers = who_may_send()
    if not receivers or not row.filter(standstill_told_at=None).update(standstill_told_at=timezone.now()):
        return False
    try:
        _mail(standstill.delivery.pk, receivers)
    except OSError as error:  # every fault of a mail server is one
        logger.warning(
            "Nobody could be told that delivery %d stands still (%s).",
            standstill.delivery.pk,
            type(error).__name__,
        )
        row.update(standstill_told_at=None)
        return False
    return True


def who_may_send() -> list[str]:
    """Return the addresses of the users who may send letters."""
    users = ModelBackend().with_perm(SEND_PERMISSION)
    return sorted({email for email in users.values_list("email", flat=True) if email})


def _mail(delivery_id: int, receivers: list[str]) -> None:
    with translation.override("nb"):
        delivery = _found().get(pk=delivery_id)
        context = {
            "delivery": delivery,
            "sentence": _described(delivery).sentence,
            "link": settings.SITE_URL + reverse("newsletters_admin:delivery", args=[delivery_id]),
        }
        title = delivery.subject or delivery.letter.title
        subject = _("Stands still: the delivery of %(letter)s") % {"letter": title}
        send_system_mail("standstill", subject, receivers, context)


def figures() -> dict[str, object]:
    """Return what monitoring reads: letters waiting, letters sent a minute, deliveries that stand still."""
    since = timezone.now() - timedelta(minutes=RATE_MINUTES)
    waiting = Recipient.objects.filter(
        delivery__status=Delivery.Status.SENDING,
        status__in=[Recipient.Status.PENDING, Recipient.Status.SENDING],
    )
    # Only deliveries that have moved lately are looked through.
    sent = Recipient.objects.filter(
        delivery__last_progress_at__gte=since, status=Recipient.Status.SENT, sent_at__gte=since
    )
    return {
        "queue_length": waiting.count(),
        "sent_per_minute": round(sent.count() / RATE_MINUTES, 1),
        "standing_still": [{"delivery": one.delivery.pk, "cause": one.cause} for one in standing_still()],
    }
