"""Test letters: the letter as it was last saved, sent the way the real one is, to any addresses; counted nowhere."""

import logging
import uuid
from collections.abc import Sequence
from email.utils import format_datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from newsletters.links import without_marks
from newsletters.models import Delivery, LetterPage, Recipient
from newsletters.prepared import PreparedLetter, wire_address
from newsletters.rendering import render_letter
from newsletters.services.deliver import require_right
from newsletters.services.freeze import latest_letter
from newsletters.slots import greeting_for, neutral_values
from newsletters.smtp import Outcome, Reply, Transport

logger = logging.getLogger(__name__)
MAX_ADDRESSES = 20
# Whom test letters and previews greet.
EXAMPLE_NAME = "Kari"


def read_addresses(text: str) -> list[str]:
    """Return the addresses of a text, apart by comma, semicolon or white space; ValidationError names a wrong one."""
    found = list(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))
    for address in found:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(
                _("%(address)s is not an e-mail address.") % {"address": address}
            ) from error
    if not found:
        raise ValidationError(_("Write at least one e-mail address."))
    if len(found) > MAX_ADDRESSES:
        raise ValidationError(_("At most %(count)d addresses get a test letter.") % {"count": MAX_ADDRESSES})
    return found


def order_test(letter: LetterPage, addresses: Sequence[str], *, user: User | None) -> None:
    """Have a worker send a test letter. Raises PermissionDenied."""
    from newsletters.tasks import send_test_letter

    require_right(user)
    send_test_letter.delay(letter.pk, list(addresses))


def send_test(letter: LetterPage, addresses: Sequence[str]) -> dict[str, Reply]:
    """Send the test letter; return the mail server's answer for each address."""
    delivery = _unsaved_delivery(latest_letter(letter))
    prepared, date = PreparedLetter(delivery), format_datetime(timezone.localtime())
    replies: dict[str, Reply] = {}
    with Transport() as transport:
        for address in addresses:
            number = uuid.uuid4()
            domain = delivery.sender_email.rpartition("@")[2]
            receiver = Recipient(key=number, email=address, message_id=f"<test.{number.hex}@{domain}>")
            try:
                message = prepared.message(receiver, _values(delivery), date)
                reply = transport.send(delivery.sender_email, wire_address(address), message)
            except ValueError as error:
                reply = Reply(Outcome.FAILED, None, str(error))
            replies[address] = reply
            logger.info("Test letter %d: %s %s", letter.pk, reply.outcome.value, reply.code)
    return replies


def example_message(letter: LetterPage) -> bytes:
    """Return the letter as it would be handed over, to nobody in particular."""
    delivery = _unsaved_delivery(latest_letter(letter), mark="")
    address = delivery.sender_email
    receiver = Recipient(email=address, message_id=f"<test.{uuid.uuid4().hex}@{address.rpartition('@')[2]}>")
    message = PreparedLetter(delivery).message(
        receiver, _values(delivery), format_datetime(timezone.localtime())
    )
    # Dots were doubled for SMTP.
    return message.replace(b"\r\n..", b"\r\n.")


def _values(delivery: Delivery) -> dict[str, str]:
    """Return what a test's slots hold: a greeting with an example's name, nobody's own links."""
    return {**neutral_values(delivery), "greeting": greeting_for(delivery, EXAMPLE_NAME)}


def _unsaved_delivery(letter: LetterPage, mark: str = "[Test] ") -> Delivery:
    series = letter.series
    if series is None:
        raise ValidationError(_("The letter does not stand in the archive of a series."))
    rendered = render_letter(letter)
    return Delivery(
        letter=letter,
        series=series,
        subject=f"{mark}{rendered.subject}",
        sender_name=series.sender_name,
        sender_email=series.sender_email,
        reply_to=series.reply_to,
        greeting=series.greeting,
        greeting_fallback=series.greeting_fallback,
        html=without_marks(rendered.html),
        text=rendered.text,
        measuring_mode="off",
    )
