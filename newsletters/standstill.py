"""Deliveries that stand still: found by query, shown in the admin, told by mail once and to monitoring always."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.templatetags.portal_tags import period
from newsletters import notices
from newsletters.closing import overdue_for_closing
from newsletters.mails import send_system_mail
from newsletters.models import Delivery, Notice, Recipient
from newsletters.reports import unmailed_reports
from newsletters.services.deliver import SEND_PERMISSION

RATE_MINUTES = 5
# Without a time of its own a delivery may wait so long for its approval.
APPROVAL_TIME = timedelta(hours=24)
# Servers that put off one receiver in so many are everyday's full mailboxes and first refusals to strangers.
TAIL = 10


@dataclass(frozen=True)
class Standstill:
    """A delivery that stands still, and why: a word for monitoring, a sentence for people."""

    delivery: Delivery
    cause: str
    sentence: str


def standing_still() -> list[Standstill]:
    """Return the deliveries that stand still, or whose statistics should have closed or whose report does not leave."""
    found = [_described(delivery) for delivery in _found().defer("html", "text")]
    found += [_unclosed(delivery) for delivery in overdue_for_closing().defer("html", "text")]
    return found + [_unmailed(delivery) for delivery in unmailed_reports().defer("html", "text")]


def standstill_of(delivery: Delivery) -> Standstill | None:
    """Return whether and why this delivery stands still."""
    if not delivery.is_open:
        return None
    found = _found().defer("html", "text").filter(pk=delivery.pk).first()
    return _described(found) if found else None


def _found() -> QuerySet[Delivery]:
    now, limit = timezone.now(), _limit()
    rows = Recipient.objects.filter(delivery=OuterRef("pk"))
    waiting = rows.filter(status=Recipient.Status.PENDING)
    status = Delivery.Status
    # People who pause give no reason; neither has a delivery that nobody has tried to approve.
    stopped = Q(status__in=[status.PAUSED, status.AWAITING]) & ~Q(status_reason="")
    unapproved = Q(status=status.AWAITING) & (
        Q(scheduled_for__lte=now) | Q(scheduled_for=None, created_at__lte=now - APPROVAL_TIME)
    )
    overdue = Q(status=status.SCHEDULED, scheduled_for__lte=limit)
    idle = Q(status=status.SENDING, moved_at__lte=limit, has_waiting=True)
    refused = Q(status=status.SENDING, sent_at__lte=limit, put_off__gte=0)
    orphaned = Q(status__in=[status.SENDING, status.PAUSED], has_orphans=True)
    return (
        Delivery.objects.filter(status__in=Delivery.OPEN_STATUSES)
        .annotate(
            moved_at=Coalesce("last_progress_at", "started_at", "created_at"),
            sent_at=Coalesce(_last_sent(rows), "started_at", "created_at"),
            has_waiting=Exists(waiting.filter(next_attempt_at__lte=limit)),
            put_off=_put_off(rows),
            has_orphans=Exists(rows.filter(status=Recipient.Status.SENDING, lease_until__lte=limit)),
        )
        .filter(stopped | unapproved | overdue | idle | refused | orphaned)
        .select_related("letter", "series")
    )


def _limit() -> datetime:
    return timezone.now() - timedelta(minutes=settings.LETTER_STANDSTILL_MINUTES)


def _last_sent(rows: QuerySet[Recipient]) -> Subquery:
    sent = rows.filter(status=Recipient.Status.SENT).order_by("-sent_at")
    return Subquery(sent.values("sent_at")[:1])


def _put_off(rows: QuerySet[Recipient]) -> Subquery:
    """How many wait after a refusal for now, in excess of the everyday's share; negative where they are fewer."""
    refused = Count("pk", filter=Q(status=Recipient.Status.PENDING, attempts__gt=0))
    excess = refused * TAIL - Count("pk")
    return Subquery(rows.order_by().values("delivery").annotate(excess=excess).values("excess"))


def _described(delivery: Delivery) -> Standstill:
    status = Delivery.Status
    if delivery.status == status.SCHEDULED:
        said = _("The delivery should have started %(when)s, and has not.")
        return Standstill(delivery, "not started", said % {"when": _moment(delivery.scheduled_for)})
    if delivery.status == status.PAUSED and delivery.status_reason:
        return Standstill(
            delivery, "stopped", _("The portal has paused the delivery and waits for somebody to look at it.")
        )
    if delivery.status == status.AWAITING:
        return _unapproved(delivery)
    if delivery.has_orphans:
        said = _("A worker has vanished with receivers in its hands, and no other has taken over.")
        return Standstill(delivery, "worker vanished", said)
    if delivery.has_waiting and delivery.moved_at <= _limit():
        said = _("Receivers are waiting, but nothing has been sent since %(when)s.")
        return Standstill(delivery, "nothing sent", said % {"when": _moment(delivery.moved_at)})
    said = _("The mail servers take no letters for now: nothing has been sent since %(when)s.")
    return Standstill(delivery, "put off", said % {"when": _moment(delivery.sent_at)})


def _unapproved(delivery: Delivery) -> Standstill:
    if delivery.status_reason:
        said = _("The delivery could not be approved, and waits for somebody to look at it.")
        return Standstill(delivery, "stopped", said)
    if delivery.scheduled_for:
        said = _("The delivery should have started %(when)s, but nobody has approved it.")
    else:
        said = _("The delivery was ordered %(when)s, and nobody has approved it.")
    when = _moment(delivery.scheduled_for or delivery.created_at)
    return Standstill(delivery, "awaits approval", said % {"when": when})


def _unclosed(delivery: Delivery) -> Standstill:
    said = _(
        "The statistics should have been closed by now, and what was measured about persons erased. Tell the operator."
    )
    return Standstill(delivery, "not closed", said)


def _unmailed(delivery: Delivery) -> Standstill:
    said = _(
        "The report could not be mailed. All figures stand under the letter's statistics. Tell the operator."
    )
    return Standstill(delivery, "report not mailed", said)


def _moment(moment: datetime | None) -> str:
    return period(moment)


def tell() -> int:
    """Mail those who may send about each standstill they have not been told of; return how many it were.

    A delivery that moves again may be told of anew. A mail server that is away is asked again the next time.
    """
    with translation.override("nb"):
        found = standing_still()
    notices.forget(Notice.Kind.STANDSTILL, besides=[one.delivery.pk for one in found])
    new = {one.delivery.pk: one for one in found if one.delivery.standstill_told_at is None}
    receivers = who_may_send() if new else []
    if not receivers:
        return 0

    def send(delivery: Delivery, headers: notices.Headers, ready: Callable[[], None]) -> None:
        _mail(new[delivery.pk], receivers, headers, ready)

    return notices.mail_notices(Notice.Kind.STANDSTILL, [one.delivery for one in new.values()], send)


def who_may_send(*, besides: Collection[int | None] = ()) -> list[str]:
    """Return the addresses of the users who may send letters, but for some users."""
    users = ModelBackend().with_perm(SEND_PERMISSION).exclude(pk__in=[pk for pk in besides if pk])
    return sorted({email for email in users.values_list("email", flat=True) if email})


def _mail(
    standstill: Standstill, receivers: list[str], headers: notices.Headers, ready: Callable[[], None]
) -> None:
    delivery = standstill.delivery
    with translation.override("nb"):
        context = {
            "delivery": delivery,
            "sentence": standstill.sentence,
            "link": settings.SITE_URL + reverse("newsletters_admin:delivery", args=[delivery.pk]),
        }
        title = delivery.subject or delivery.letter.title
        subject = _("Stands still: the delivery of %(letter)s") % {"letter": title}
        send_system_mail("standstill", subject, receivers, context, headers=headers, ready=ready)


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
