"""Stopping and going on with deliveries."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from newsletters.models import Delivery, Recipient
from newsletters.services.deliver import require_right, start_or_say_why, wake_workers

Status = Delivery.Status


def _move(delivery: Delivery, allowed: tuple[str, ...], to: str, reason: str = "", **also: Any) -> bool:
    """Change the status if it is one of `allowed` and `also` holds; the row count says whether it was.

    A standstill is reckoned from here: a delivery that was paused for a week does not stand still when it goes on.
    """
    rows = Delivery.objects.filter(pk=delivery.pk, status__in=allowed, **also)
    moved = bool(rows.update(status=to, status_reason=reason, last_progress_at=timezone.now()))
    delivery.refresh_from_db()
    return moved


def pause(delivery: Delivery, *, user: User | None, reason: str = "") -> bool:
    """Let workers finish the batch in their hands and take no more; return whether it was running."""
    require_right(user)
    return _move(delivery, (Status.SENDING,), Status.PAUSED, reason)


def resume(delivery: Delivery, *, user: User | None) -> bool:
    """Go on with those who have not got the letter; nobody gets it again. Return whether it was paused.

    One that was held before it began is tried anew; if it still cannot go out, its page says why.
    """
    require_right(user)
    held = Delivery.objects.filter(pk=delivery.pk, status=Status.PAUSED, frozen_at=None)
    if held.update(status=Status.SCHEDULED, status_reason=""):
        start_or_say_why(delivery.pk)
        delivery.refresh_from_db()
        return True
    # Another press may have tried to begin it in vain meanwhile: what is not frozen has nobody to go on with.
    moved = _move(delivery, (Status.PAUSED,), Status.SENDING, frozen_at__isnull=False)
    if moved:
        transaction.on_commit(lambda: wake_workers(delivery.pk))
    return moved


def cancel(delivery: Delivery, *, user: User | None) -> bool:
    """Stop for good: everyone still waiting is skipped. Return whether there was anything to stop."""
    require_right(user)
    with transaction.atomic():
        moved = _move(delivery, Delivery.OPEN_STATUSES, Status.CANCELLED)
        if moved:
            skip_waiting(delivery.pk)
    return moved


def skip_waiting(delivery_id: int) -> int:
    """Mark everyone who has not been tried as skipped; return how many."""
    waiting = Recipient.objects.filter(delivery_id=delivery_id, status=Recipient.Status.PENDING)
    return waiting.update(status=Recipient.Status.SKIPPED)


def skip_cancelled() -> int:
    """Skip what came back from a worker after its delivery was cancelled; return how many."""
    waiting = Recipient.objects.filter(delivery__status=Status.CANCELLED, status=Recipient.Status.PENDING)
    return waiting.update(status=Recipient.Status.SKIPPED)
