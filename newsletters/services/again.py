"""Sending a finished delivery again to those it failed for, and to nobody else."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from newsletters.models import Delivery, Recipient
from newsletters.services.deliver import is_second_delivery, require_right, wake_workers
from newsletters.wanted import has_left_all, has_left_series, is_held_back, is_suppressed


@dataclass(frozen=True)
class FailedCounts:
    """How many of those who did not get a letter would get it now, and how many are left out for which reason."""

    again: int
    bounced: int
    maybe_received: int
    unsubscribed: int
    held_back: int
    suppressed: int
    erased: int
    all_failed: int


def count_failed(delivery: Delivery) -> FailedCounts:
    """Count a delivery's failed receivers; whoever is left out for several reasons is counted under each."""
    rows = _with_reasons(delivery)
    counted = rows.filter(status=Recipient.Status.FAILED).aggregate(
        all_failed=Count("pk"),
        again=Count("pk", filter=MAY_GET_IT),
        maybe_received=Count("pk", filter=Q(is_uncertain=True)),
        unsubscribed=Count("pk", filter=Q(has_left=True)),
        held_back=Count("pk", filter=Q(is_held_back=True)),
        suppressed=Count("pk", filter=Q(is_suppressed=True)),
        erased=Count("pk", filter=Q(person=None)),
    )
    bounced = delivery.recipients.filter(status=Recipient.Status.BOUNCED).count()
    return FailedCounts(bounced=bounced, **counted)


# An uncertain receiver may have the letter already, and has been sent it twice.
MAY_GET_IT = Q(
    is_uncertain=False, has_left=False, is_held_back=False, is_suppressed=False, person__isnull=False
)


def _with_reasons(delivery: Delivery) -> QuerySet[Recipient]:
    is_important = delivery.audience.get("is_important", False)
    return delivery.recipients.annotate(
        has_left=has_left_series("person", delivery.series_id) | has_left_all("person"),
        is_held_back=is_held_back("person", is_important=is_important),
        is_suppressed=is_suppressed(),
    )


def why_not(delivery: Delivery) -> str:
    """Say in words why a delivery cannot be sent again to the failed; empty when it can."""
    if delivery.status != Delivery.Status.FINISHED:
        return _("Only a finished delivery can be sent again to those it failed for.")
    if delivery.statistics_closed_at:
        return _(
            "The statistics of the letter are closed, so it cannot be sent again as the same delivery. "
            "Order a new delivery to those who should have it."
        )
    others = Delivery.objects.filter(letter=delivery.letter_id, status__in=Delivery.OPEN_STATUSES)
    if others.exists():
        return _("Another delivery of this letter is under way. Wait until it has ended.")
    return ""


def send_again(delivery: Delivery, *, user: User | None) -> int:
    """Put the failed receivers who may still get the letter back in the queue; return how many.

    Each keeps the Message-ID, and the former answer until there is a new one. 0 when somebody else has just pressed
    the button. Raises PermissionDenied, or ValidationError with the reason in words.
    """
    require_right(user)
    try:
        with transaction.atomic():
            row = Delivery.objects.select_for_update().get(pk=delivery.pk)
            if row.status == Delivery.Status.SENDING:
                return 0
            if reason := why_not(row):
                raise ValidationError(reason)
            number = _requeue(row)
            if not number:
                raise ValidationError(_("There is nobody to send to again."))
            transaction.on_commit(lambda: wake_workers(row.pk))
    except IntegrityError as error:  # a new delivery of the letter began at this very moment
        if not is_second_delivery(error):
            raise
        raise ValidationError(
            _("Another delivery of this letter is under way. Wait until it has ended.")
        ) from error
    return number


def _requeue(delivery: Delivery) -> int:
    now = timezone.now()
    chosen = _with_reasons(delivery).filter(MAY_GET_IT, status=Recipient.Status.FAILED).values("pk")
    number = Recipient.objects.filter(pk__in=chosen).update(
        status=Recipient.Status.PENDING, attempts=0, next_attempt_at=now, sent_at=None
    )
    if number:
        delivery.status, delivery.finished_at, delivery.last_progress_at = Delivery.Status.SENDING, None, now
        delivery.save(update_fields=["status", "finished_at", "last_progress_at"])
    return number
