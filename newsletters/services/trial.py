"""Test letters: the letter as it was last saved, sent the way the real one is, to any addresses; counted nowhere."""

import logging
import uuid
from collections.abc import Callable, Sequence
from email.utils import format_datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from accounts.models import User
from newsletters import trial_outcomes
from newsletters.links import without_marks
from newsletters.models import Delivery, LetterPage, Recipient
from newsletters.prepared import PreparedLetter, wire_address
from newsletters.rendering import fill, render_letter
from newsletters.services.deliver import require_right
from newsletters.services.freeze import latest_letter
from newsletters.slots import absolute, greeting_for, neutral_values
from newsletters.smtp import Outcome, Reply, Transport
from newsletters.tokens import make_token

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
    """Have a worker send a test letter. Raises PermissionDenied, and what the queue's client raises."""
    from newsletters.tasks import send_test_letter

    require_right(user)
    user_id = user.pk if user else 0
    number = trial_outcomes.begin(letter.pk, user_id, addresses)
    try:
        send_test_letter.delay(letter.pk, list(addresses), user_id, number)
    except Exception:
        trial_outcomes.forget(letter.pk, user_id)
        raise


def send_ordered(letter: LetterPage, addresses: Sequence[str], user_id: int, number: str) -> None:
    """Send an ordered test and note each answer as it comes. Run again, it sends only what has no answer yet."""
    known = trial_outcomes.latest(letter.pk, user_id)
    if known and known.number == number:
        addresses = [address for address in addresses if address in known.waiting]

    def note(address: str, reply: Reply) -> None:
        trial_outcomes.note(letter.pk, user_id, number, {address: reply})

    try:
        send_test(letter, addresses, note)
    except Exception:  # the adviser shall know; whoever runs the portal finds the reason in the log
        trial_outcomes.not_made(letter.pk, user_id, number)
        raise


def send_test(
    letter: LetterPage, addresses: Sequence[str], note: Callable[[str, Reply], None] | None = None
) -> dict[str, Reply]:
    """Send the test letter; return the mail server's answer for each address, told to `note` as it comes."""
    delivery = _unsaved_delivery(latest_letter(letter), browser=copy_address(letter))
    prepared, date = PreparedLetter(delivery), format_datetime(timezone.localtime())
    replies: dict[str, Reply] = {}
    with Transport() as transport:
        for address in addresses:
            reply = replies[address] = _send_one(transport, prepared, address, date)
            logger.info("Test letter %d: %s %s", letter.pk, reply.outcome.value, reply.code)
            if note:
                note(address, reply)
    return replies


def _send_one(transport: Transport, prepared: PreparedLetter, address: str, date: str) -> Reply:
    delivery, number = prepared.delivery, uuid.uuid4()
    domain = delivery.sender_email.rpartition("@")[2]
    receiver = Recipient(key=number, email=address, message_id=f"<test.{number.hex}@{domain}>")
    try:
        message = prepared.message(receiver, _values(delivery), date)
        return transport.send(delivery.sender_email, wire_address(address), message)
    except ValueError as error:
        return Reply(Outcome.FAILED, None, str(error))


def copy_address(letter: LetterPage) -> str:
    """Return the address that shows the letter as it was last saved, for a week, to whoever holds it."""
    token = make_token("trial", letter.pk, letter.latest_revision_id or 0)
    return absolute(reverse("newsletters:trial_copy", args=[token]))


def copy_html(letter_id: int, revision_id: int) -> str:
    """Return the HTML of a test letter's browser copy. Raises LookupError when the letter or the revision is gone."""
    letter = LetterPage.objects.filter(pk=letter_id).first()
    if letter is None:
        raise LookupError("The letter has been deleted.")
    if revision_id:
        revision = letter.revisions.filter(pk=revision_id).first()
        if revision is None:
            raise LookupError("The revision has been deleted.")
        letter = revision.as_object()
    delivery = _unsaved_delivery(letter)
    return fill(delivery.html, {name: escape(value) for name, value in _values(delivery).items()})


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
    """Return what a test's slots hold: an example's name, and for a person's own links a page that only explains."""
    explained = absolute(reverse("newsletters:trial_link"))
    return {
        **neutral_values(delivery),
        "greeting": greeting_for(delivery, EXAMPLE_NAME),
        "unsubscribe_url": explained,
        "preferences_url": explained,
    }


def _unsaved_delivery(letter: LetterPage, mark: str = "[Test] ", browser: str = "") -> Delivery:
    series = letter.series
    if series is None:
        raise ValidationError(_("The letter does not stand in the archive of a series."))
    rendered = render_letter(letter, browser=browser)
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
