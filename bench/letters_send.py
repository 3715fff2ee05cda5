"""Send a letter to so many receivers in one process over one connection, in one of three ways.

Usage: EMAIL_URL=… python -m bench.letters_send portal|django|smtplib COUNT
Prints {"rate": messages a second, "memory": the process's largest size in MB} as JSON.
"""

import html
import json
import os
import resource
import smtplib
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.production")
django.setup()

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from bench.letters_data import clear_away, delivery, subscribers
from newsletters import sending
from newsletters.models import Delivery, Recipient
from newsletters.prepared import PreparedLetter
from newsletters.services.freeze import freeze_recipients
from newsletters.slots import SLOT, slot_values


def with_portal(letter: Delivery) -> int:
    """As a worker does: rows claimed, slots filled, outcomes recorded."""
    return sending.send_delivery(letter.pk, run_seconds=3600)


def filled(text: str, values: dict[str, str]) -> str:
    """Return the text with its slots filled."""
    return SLOT.sub(lambda found: values[found[1]], text)


def with_django(letter: Delivery) -> int:
    """The plain way: a message object for every receiver, over one open connection; nothing is recorded."""
    sent = 0
    with get_connection() as connection:
        for recipient in letter.recipients.all():
            values = slot_values(letter, recipient, consenting=False)
            message = EmailMultiAlternatives(
                letter.subject,
                filled(letter.text, values),
                f"{letter.sender_name} <{letter.sender_email}>",
                [recipient.email],
                connection=connection,
                headers={
                    "Message-ID": recipient.message_id,
                    "List-Unsubscribe": f"<{values['unsubscribe_url']}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                    "Precedence": "bulk",
                },
            )
            escaped = {name: html.escape(value) for name, value in values.items()}
            message.attach_alternative(filled(letter.html, escaped), "text/html")
            sent += message.send()
    return sent


def with_smtplib(letter: Delivery) -> int:
    """The least there is: one ready message, the same for all; nothing is filled in or recorded."""
    recipient = letter.recipients.get(email="bench-0@example.invalid")
    values = slot_values(letter, recipient, consenting=False)
    ready = PreparedLetter(letter).message(recipient, values, "Sun, 22 Nov 2026 09:00:00 +0100")
    sent = 0
    with smtplib.SMTP(str(settings.EMAIL_HOST), int(str(settings.EMAIL_PORT))) as connection:
        for address in letter.recipients.values_list("email", flat=True):
            connection.sendmail(letter.sender_email, [address], ready)
            sent += 1
    return sent


def measure(way: str, number: int) -> dict:
    """Return the rate and the memory of sending to so many."""
    subscribers(number)
    letter = delivery(status=Delivery.Status.SENDING)
    freeze_recipients(letter)
    # A worker has read the address plan long ago: not what is measured here.
    slot_values(letter, letter.recipients.get(email="bench-0@example.invalid"), consenting=False)
    send = {"portal": with_portal, "django": with_django, "smtplib": with_smtplib}[way]
    started = time.perf_counter()
    sent = send(letter)
    seconds = time.perf_counter() - started
    recorded = letter.recipients.filter(status=Recipient.Status.SENT).count()
    if sent != number or (way == "portal" and recorded != number):
        sys.exit(f"{sent} sent and {recorded} recorded of {number}")
    clear_away()
    return {
        "rate": number / seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
