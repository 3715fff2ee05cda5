"""Starting deliveries: who may, when, and that it happens once."""

import logging
import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from newsletters.audience import Audience
from newsletters.models import Delivery, LetterPage
from newsletters.services.freeze import freeze, latest_letter

logger = logging.getLogger(__name__)
SEND_PERMISSION = "newsletters.send_letter"


def may_send(user: User | None) -> bool:
    """Whether the user may send letters. No user stands for an operator at the command line."""
    return user is None or (user.is_active and user.has_perm(SEND_PERMISSION))


def require_right(user: User | None) -> None:
    """Stop everyone without the right to send; a hidden button is no permission."""
    if not may_send(user):
        raise PermissionDenied("Sending letters needs the right newsletters.send_letter.")


def order_delivery(
    letter: LetterPage,
    audience: Audience,
    *,
    user: User | None,
    form_id: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Delivery:
    """Send a letter to an audience, now or `at` a later time; return the delivery.

    The same `form_id` twice is one delivery. In a series that asks for approval the delivery waits for a second
    person. Raises PermissionDenied, or ValidationError with the reason in words.
    """
    require_right(user)
    if form_id and (made := Delivery.objects.filter(form_id=form_id).first()):
        return made
    series = letter.series
    if series is None:
        raise ValidationError(_("The letter does not stand in the archive of a series."))
    if at is not None and at <= timezone.now():
        raise ValidationError(_("The chosen time has passed."))
    if at is None and not audience.people().exists():
        raise ValidationError(_("Nobody would receive the letter."))
    waits = series.approval_required and user is not None
    delivery = Delivery(
        letter=letter,
        series=series,
        audience=audience.as_dict(),
        created_by=user,
        form_id=form_id,
        scheduled_for=at,
        status=Delivery.Status.AWAITING if waits else Delivery.Status.SCHEDULED,
    )
    try:
        with transaction.atomic():
            delivery.save()
            if not waits and at is None:
                start(delivery.pk)
    except IntegrityError as error:
        # The same form posted twice at the same moment, or another adviser was first.
        if form_id and (made := Delivery.objects.filter(form_id=form_id).first()):
            return made
        raise ValidationError(_("This letter is being sent already.")) from error
    delivery.refresh_from_db()
    return delivery


def approve(delivery: Delivery, *, user: User, revision: str) -> bool:
    """Let a second person with the right to send start a delivery that waits for approval.

    `revision` is the number of the letter's revision the person has read ("None" without one). Returns whether the
    delivery waited for it; raises ValidationError when the letter has been changed since.
    """
    require_right(user)
    if delivery.created_by_id == user.pk:
        raise PermissionDenied(_("Someone else must approve what you want to send."))
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(pk=delivery.pk)
        if row.status != Delivery.Status.AWAITING:
            return False
        if revision != str(row.letter.latest_revision_id):
            raise ValidationError(
                _("The letter was changed while you looked at it. Read it again before you approve it.")
            )
        row.status, row.approved_by = Delivery.Status.SCHEDULED, user
        row.approved_revision, row.status_reason = row.letter.latest_revision_id, ""
        row.save(update_fields=["status", "approved_by", "approved_revision", "status_reason"])
        if row.scheduled_for is None or row.scheduled_for <= timezone.now():
            start(row.pk)
    delivery.refresh_from_db()
    return True


def start(delivery_id: int) -> bool:
    """Freeze a scheduled delivery, publish its letter and let the workers at it; return whether this call did it.

    Safe to call from many places at once: the row is locked, and only a scheduled delivery is started.
    """
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("letter", "series")
            .filter(pk=delivery_id, status=Delivery.Status.SCHEDULED)
            .first()
        )
        if delivery is None:
            return False
        if delivery.approved_by_id and delivery.approved_revision != delivery.letter.latest_revision_id:
            delivery.status, delivery.status_reason = (
                Delivery.Status.AWAITING,
                _("The letter was changed after the approval."),
            )
            delivery.save(update_fields=["status", "status_reason"])
            return False
        freeze(delivery)
        _publish(delivery)
        delivery.status, delivery.started_at = Delivery.Status.SENDING, timezone.now()
        delivery.save(update_fields=["status", "started_at"])
        transaction.on_commit(lambda: wake_workers(delivery_id))
    return True


def _publish(delivery: Delivery) -> None:
    """Show the letter in the archive as it was sent."""
    letter = latest_letter(delivery.letter)
    if letter.live and not letter.has_unpublished_changes:
        return
    revision = letter.latest_revision or letter.save_revision(user=delivery.created_by)
    revision.publish(user=delivery.created_by, skip_permission_checks=True)


def wake_workers(delivery_id: int) -> None:
    """Tell the workers at once. Without a broker nothing is lost: the schedule finds running deliveries itself."""
    from newsletters.tasks import send_delivery

    try:
        send_delivery.delay(delivery_id)
    except Exception:  # whatever a broker's client raises
        logger.warning("The broker is away; delivery %d starts with the schedule's next round.", delivery_id)


def start_due() -> int:
    """Start the scheduled deliveries whose time has come; return how many. One that fails does not stop the rest."""
    started = 0
    for delivery_id in Delivery.objects.due().values_list("pk", flat=True):
        try:
            started += start(delivery_id)
        except Exception:
            logger.exception("Delivery %d could not be started.", delivery_id)
            Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.SCHEDULED).update(
                status_reason=_("The delivery could not be started.")
            )
    return started
