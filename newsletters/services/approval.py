"""The second person: who may approve a delivery, that they are asked, and what an approval does."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from newsletters import notices
from newsletters.mails import send_system_mail
from newsletters.models import Delivery, Notice
from newsletters.services.deliver import REASON_LENGTH, begin, require_right
from newsletters.services.freeze import ordered_letter
from newsletters.services.ready import require_ready
from newsletters.standstill import who_may_send

logger = logging.getLogger(__name__)


def last_editor_id(delivery: Delivery) -> int | None:
    """Return who saved the ordered letter last; None when nobody knows any more."""
    revisions = delivery.letter.revisions.filter(user__isnull=False)
    if delivery.revision:
        revisions = revisions.filter(created_at__lte=delivery.revision.created_at)
    return revisions.order_by("-created_at", "-pk").values_list("user", flat=True).first()


def why_not_approve(delivery: Delivery, user: User) -> str:
    """Say in words why this person cannot approve the delivery; empty when they can."""
    if delivery.created_by_id == user.pk:
        return _("Someone else must approve what you want to send.")
    if last_editor_id(delivery) == user.pk:
        return _("You edited the letter last, so someone else must approve it.")
    return ""


def approve(delivery: Delivery, *, user: User) -> bool:
    """Let a second person with the right to send start a delivery that waits for approval.

    Returns whether it waited. Raises PermissionDenied to those who may not, and ValidationError with the reason in
    words when the letter cannot be sent as it is; the delivery then waits as before.
    """
    require_right(user)
    if refusal := why_not_approve(delivery, user):
        raise PermissionDenied(refusal)
    waiting = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.AWAITING)
    try:
        with transaction.atomic():
            row = waiting.select_for_update().first()
            if row is None:
                return False
            _approve(row, user)
    except ValidationError as error:
        # Told to whoever may send, as any standstill.
        waiting.update(status_reason=" ".join(error.messages)[:REASON_LENGTH])
        raise
    except Exception as error:
        logger.exception("Delivery %d could not be started.", delivery.pk)
        said = _("The delivery could not be started, and still awaits approval. Tell the operator.")
        raise ValidationError(said) from error
    finally:
        delivery.refresh_from_db()
    return True


def _approve(row: Delivery, user: User) -> None:
    row.status, row.approved_by, row.status_reason = Delivery.Status.SCHEDULED, user, ""
    # The release before this one knows what was approved by this number.
    row.approved_revision = row.revision_id
    row.save(update_fields=["status", "approved_by", "approved_revision", "status_reason"])
    if row.scheduled_for is None or row.scheduled_for <= timezone.now():
        begin(row)
    else:
        require_ready(ordered_letter(row))


def ask_waiting() -> int:
    """Mail those who may approve about each delivery that waits for it, once; return how many deliveries it were."""
    waiting = Delivery.objects.filter(status=Delivery.Status.AWAITING, approval_asked_at=None)
    found = [
        one for one in waiting.select_related("letter", "revision", "created_by", "series") if _whom(one)
    ]
    return notices.mail_notices(Notice.Kind.APPROVAL, found, _mail)


def _whom(delivery: Delivery) -> list[str]:
    return who_may_send(besides=(delivery.created_by_id, last_editor_id(delivery)))


def _mail(delivery: Delivery, headers: notices.Headers, ready: Callable[[], None]) -> None:
    with translation.override("nb"):
        letter = ordered_letter(delivery)
        subject = _("Awaits your approval: %(letter)s") % {"letter": letter.subject_line}
        link = settings.SITE_URL + reverse("newsletters_admin:delivery", args=[delivery.pk])
        context = {"delivery": delivery, "letter": letter, "link": link}
        send_system_mail("approval", subject, _whom(delivery), context, headers=headers, ready=ready)
