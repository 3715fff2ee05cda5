"""Ordering printed copies."""

import logging
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from publications.models import PrintOrder, PublicationPage

logger = logging.getLogger(__name__)

Status = PrintOrder.Status


@transaction.atomic
def place_order(publication: PublicationPage, form_id: str, **told: Any) -> PrintOrder:
    """Keep an order; the same form sent twice is one order. The receipt is mailed after the commit."""
    order, is_new = PrintOrder.objects.get_or_create(
        form_id=form_id, defaults={"publication": publication, **told}
    )
    if is_new:
        transaction.on_commit(lambda: _queue_receipt(order.pk))
    return order


@transaction.atomic
def set_status(order_id: int, status: str) -> PrintOrder:
    """Move an order on. When it is sent or cancelled the postal address has done its work and is erased."""
    order = PrintOrder.objects.select_for_update().get(pk=order_id)
    order.status = status
    if status != Status.RECEIVED:
        order.address = ""
    order.sent_at = (order.sent_at or timezone.now()) if status == Status.SENT else None
    order.save(update_fields=["status", "address", "sent_at"])
    return order


def send_receipt(order_id: int) -> bool:
    """Mail the receipt, once; says whether it was sent. When sending fails the periodic task tries again."""
    with transaction.atomic():
        order = (
            PrintOrder.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("publication")
            .filter(pk=order_id, receipt_due=True)
            .first()
        )
        if order is None:
            return False
        try:
            receipt(order).send()
        except SMTPRecipientsRefused:
            # The address does not exist: trying again would go on for ever. The order itself stands.
            logger.warning("The receipt of order %s was refused: no such address.", order.pk)
        order.receipt_due = False
        order.save(update_fields=["receipt_due"])
    return True


def send_waiting_receipts() -> int:
    """Send every receipt that waits; returns how many were sent. One that fails does not hold up the rest."""
    sent = 0
    for key in list(PrintOrder.objects.filter(receipt_due=True).values_list("pk", flat=True)):
        try:
            sent += send_receipt(key)
        except (OSError, SMTPException) as error:
            logger.warning("The receipt of order %s must wait: %s", key, error)
    return sent


def receipt(order: PrintOrder) -> EmailMessage:
    """Return the receipt in the publication's language."""
    with translation.override(order.publication.interface_language):
        subject = _("We have received your order: %(title)s") % {"title": order.publication.title}
        body = render_to_string("publications/mail/receipt.txt", {"order": order})
    return EmailMessage(
        " ".join(subject.split()), body, None, [order.email], headers={"Auto-Submitted": "auto-generated"}
    )


def _queue_receipt(order_id: int) -> None:
    from publications.tasks import send_order_receipt

    try:
        send_order_receipt.delay(order_id)
    except Exception as error:  # the broker is away: the periodic task finds the row by `receipt_due`
        logger.warning("An order's receipt waits for the scheduler: %s", error)
