"""Mails to colleagues about a delivery, each of which waits in a row: newsletters.posting says how they leave."""

import logging
from collections.abc import Callable, Collection

from django.db.models import Q

from newsletters.models import Delivery, Notice
from newsletters.posting import send_waiting

logger = logging.getLogger(__name__)
# Which field of a delivery says that a mail of the kind is over: it has left, or was given up.
MARKS = {Notice.Kind.APPROVAL: "approval_asked_at", Notice.Kind.STANDSTILL: "standstill_told_at"}
Headers = dict[str, str]


def mail_notices(
    kind: Notice.Kind,
    deliveries: Collection[Delivery],
    send: Callable[[Delivery, Headers, Callable[[], None]], None],
) -> int:
    """Mail about each of these deliveries unless it has been done; return how many mails left. Workers share them.

    `send` takes the delivery, headers of the mail and what to call when it is made. A mail server that is away is
    asked again the next time.
    """
    about = {delivery.pk: delivery for delivery in deliveries}
    Notice.objects.bulk_create([Notice(delivery_id=pk, kind=kind) for pk in about], ignore_conflicts=True)
    waiting = Notice.objects.filter(kind=kind, delivery__in=about, mailed_at=None)
    try:
        return send_waiting(
            waiting,
            lambda notice, ready: send(about[notice.delivery_id], _headers(notice), ready),
            "mailed_at",
        )
    except OSError as error:
        logger.warning("Nobody could be mailed about a delivery (%s).", type(error).__name__)
        return 0
    finally:
        _mark(kind)


def forget(kind: Notice.Kind, *, besides: Collection[int]) -> None:
    """Let it be told anew when it comes again: of other deliveries than these it is over."""
    mark = MARKS[kind]
    Notice.objects.filter(kind=kind).exclude(delivery__in=besides).delete()
    Delivery.objects.filter(**{f"{mark}__isnull": False}).exclude(pk__in=besides).update(**{mark: None})


def _mark(kind: Notice.Kind) -> None:
    """Note on the deliveries what is over; what a killed worker has not noted, the next one does."""
    over = Notice.objects.filter(Q(mailed_at__isnull=False) | Q(gave_up_at__isnull=False), kind=kind)
    mark = MARKS[kind]
    for notice in over.filter(**{f"delivery__{mark}": None}):
        when = notice.mailed_at or notice.gave_up_at
        Delivery.objects.filter(pk=notice.delivery_id, **{mark: None}).update(**{mark: when})


def _headers(notice: Notice) -> Headers:
    """Return the same Message-ID for each try, and another one when it is told anew."""
    sender = notice.delivery.series.sender_email
    name = f"{notice.kind}.{notice.pk}.{notice.delivery.key.hex}"
    return {"Message-ID": f"<{name}@{sender.rpartition('@')[2]}>"}
