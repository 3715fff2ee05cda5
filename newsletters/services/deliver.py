"""Starting deliveries: who may, when, and that it happens once."""

import logging
import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Revision

from accounts.models import User
from newsletters.audience import Audience
from newsletters.link_mails import enqueue
from newsletters.models import Delivery, LetterPage
from newsletters.models.delivery import ONE_OPEN_DELIVERY
from newsletters.services.freeze import freeze, latest_letter, ordered_letter
from newsletters.services.ready import require_ready

logger = logging.getLogger(__name__)
SEND_PERMISSION = "newsletters.send_letter"
REASON_LENGTH = 300  # what a delivery's row holds


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

    What is sent is the letter as it was last saved when this is called, whatever becomes of it before it leaves. The
    same `form_id` twice is one delivery. In a series that asks for approval the delivery waits for a second person.
    Raises PermissionDenied, or ValidationError with the reason in words.
    """
    require_right(user)
    if form_id and (made := Delivery.objects.filter(form_id=form_id).first()):
        return made
    if letter.series is None:
        raise ValidationError(_("The letter does not stand in the archive of a series."))
    if at is not None and at <= timezone.now():
        raise ValidationError(_("The chosen time has passed."))
    if not audience.people().exists():
        raise ValidationError(_("Nobody would receive the letter."))
    try:
        with transaction.atomic():
            delivery = _order(letter, audience, user, form_id, at)
    except IntegrityError as error:
        # The same form posted twice at the same moment, or another adviser was first.
        if form_id and (made := Delivery.objects.filter(form_id=form_id).first()):
            return made
        if not is_second_delivery(error):
            raise
        raise ValidationError(_("This letter is being sent already.")) from error
    delivery.refresh_from_db()
    return delivery


def is_second_delivery(error: IntegrityError) -> bool:
    """Whether the database refused because another delivery of the letter is under way."""
    return error.__cause__.diag.constraint_name == ONE_OPEN_DELIVERY  # type: ignore[union-attr]


def _order(
    letter: LetterPage, audience: Audience, user: User | None, form_id: uuid.UUID | None, at: datetime | None
) -> Delivery:
    series = letter.series
    awaits = series.approval_required and user is not None
    is_later = awaits or at is not None
    delivery = Delivery.objects.create(
        letter_id=letter.pk,
        series=series,
        revision=_keep(letter) if is_later else letter.latest_revision,
        audience=audience.as_dict(),
        created_by=user,
        form_id=form_id,
        scheduled_for=at,
        status=Delivery.Status.AWAITING if awaits else Delivery.Status.SCHEDULED,
    )
    if is_later:
        require_ready(ordered_letter(delivery))
    else:
        begin(delivery)
    if awaits:
        transaction.on_commit(_wake_asker)
    return delivery


def _keep(letter: LetterPage) -> Revision:
    """Keep the letter as it is now in a revision of its own.

    The editor saves again and again into the revision of whoever writes; one that is nobody's it lets be.
    """
    return latest_letter(letter).save_revision(user=None, changed=False, clean=False)


def start(delivery_id: int) -> bool:
    """Freeze a scheduled delivery, publish its letter and let the workers at it; return whether this call did it.

    Safe to call from many places at once: the row is locked, and only a scheduled delivery is started. One that
    cannot go out as it is, is held with the reason, which those who may send are told.
    """
    scheduled = Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.SCHEDULED)
    try:
        with transaction.atomic():
            delivery = scheduled.select_for_update(skip_locked=True).first()
            if delivery is None:
                return False
            begin(delivery)
    except ValidationError as error:
        reason = " ".join(error.messages)[:REASON_LENGTH]
        scheduled.update(status=Delivery.Status.PAUSED, status_reason=reason)
        logger.warning("Delivery %d is held: it cannot go out as it is.", delivery_id)
        return False
    return True


def begin(delivery: Delivery) -> None:
    """Set a delivery going whose row the caller holds, in the caller's transaction.

    Raises ValidationError with the reason in words when it cannot go out as it is.
    """
    require_ready(ordered_letter(delivery))
    if not freeze(delivery):
        raise ValidationError(_("Nobody would receive the letter."))
    _publish(delivery)
    delivery.status, delivery.started_at, delivery.status_reason = (
        Delivery.Status.SENDING,
        timezone.now(),
        "",
    )
    delivery.save(update_fields=["status", "started_at", "status_reason"])
    transaction.on_commit(lambda: wake_workers(delivery.pk))


def _publish(delivery: Delivery) -> None:
    """Show the letter in the archive as it was sent; a newer draft stays a draft."""
    letter = LetterPage.objects.get(pk=delivery.letter_id)
    revision = delivery.revision or letter.latest_revision
    if _is_public(letter, revision):
        return
    revision = revision or letter.save_revision(user=delivery.created_by)
    revision.publish(user=delivery.created_by, skip_permission_checks=True)


def _is_public(letter: LetterPage, revision: Revision | None) -> bool:
    """Whether the archive shows the letter as it is in this revision."""
    if not letter.live or revision is None or letter.live_revision_id == revision.pk:
        return letter.live
    published = letter.last_published_at
    return not letter.has_unpublished_changes and (published is None or published <= revision.created_at)


def wake_workers(delivery_id: int) -> None:
    """Tell the workers at once. Without a broker nothing is lost: the schedule finds running deliveries itself."""
    from newsletters.tasks import send_delivery

    try:
        send_delivery.delay(delivery_id)
    except Exception:  # whatever a broker's client raises
        logger.warning("The broker is away; delivery %d starts with the schedule's next round.", delivery_id)


def _wake_asker() -> None:
    """Have those who may approve asked at once. Without a broker the schedule's next round asks them."""
    from newsletters.tasks import tell_standstills

    enqueue(tell_standstills)


def start_due() -> int:
    """Start the scheduled deliveries whose time has come; return how many. One that fails does not stop the rest."""
    return sum(start_or_say_why(pk) for pk in Delivery.objects.due().values_list("pk", flat=True))


def start_or_say_why(delivery_id: int) -> bool:
    """Start a scheduled delivery; one that fails says so on its page, and is tried again."""
    try:
        return start(delivery_id)
    except Exception:
        logger.exception("Delivery %d could not be started.", delivery_id)
        Delivery.objects.filter(pk=delivery_id, status=Delivery.Status.SCHEDULED).update(
            status_reason=_("The delivery could not be started.")
        )
        return False
