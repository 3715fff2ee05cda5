"""The places in a frozen letter that differ from receiver to receiver, and what is put there.

A slot is written as {{slot:name}} in the frozen HTML and text. What the tokens hold stands in newsletters.tokens.
"""

import re
import secrets
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from newsletters.models import Delivery, Recipient
from newsletters.tokens import (
    anonymous_tracking_token,
    personal_tracking_token,
    preferences_token,
    unsubscribe_token,
)
from newsletters.views.answers import address_in_language

NAMES = ("greeting", "unsubscribe_url", "preferences_url", "pixel", "t")
# Only known names: what an editor types between braces by chance stays as it is.
SLOT = re.compile(rf"\{{\{{slot:({'|'.join(NAMES)})\}}\}}")
# What the letter's templates write; they never spell the mark themselves.
MARKS = {name: f"{{{{slot:{name}}}}}" for name in NAMES}


def absolute(path: str) -> str:
    """Return a path of this site with scheme and host."""
    return f"{settings.SITE_URL}{path}"


def with_token(name: str, token: str) -> str:
    """Return the address that holds a token, with scheme and host."""
    before, after = _around_token(name)
    return f"{settings.SITE_URL}{before}{token}{after}"


@cache
def _around_token(name: str) -> tuple[str, str]:
    """Ask the address plan once: a letter has thousands of addresses that differ in the token alone."""
    before, _, after = reverse(f"newsletters:{name}", args=["token"]).partition("token")
    return before, after


def greeting_for(delivery: Delivery, first_name: str) -> str:
    """Return the delivery's greeting of a person; the fallback where the name is not known."""
    if first_name and "{name}" in delivery.greeting:
        return delivery.greeting.replace("{name}", first_name)
    return delivery.greeting_fallback if "{name}" in delivery.greeting else delivery.greeting


def slot_values(delivery: Delivery, recipient: Recipient, consenting: bool) -> dict[str, str]:
    """Return what one receiver's slots are filled with, not yet escaped for HTML.

    `consenting`: the person has said yes to measuring and has not taken it back. Without that yes the letter of mode
    "consent" carries nothing that tells two receivers apart but greeting, unsubscribe and preference addresses.
    """
    unsubscribe = unsubscribe_token(recipient.person_id, delivery.series_id, recipient.pk)
    preferences = preferences_token(recipient.person_id)
    values = {
        "greeting": greeting_for(delivery, recipient.first_name),
        "unsubscribe_url": with_token("unsubscribe", unsubscribe),
        "preferences_url": with_token("preferences", preferences),
        "pixel": "",
        "t": "",
    }
    if delivery.measuring_mode == "anonymous":
        number = secrets.token_hex(12)
        opened = anonymous_tracking_token("open", delivery.pk, number)
        clicked = anonymous_tracking_token("click", delivery.pk, number)
    elif delivery.measuring_mode == "consent" and consenting:
        opened = personal_tracking_token("open", delivery.pk, recipient.pk)
        clicked = personal_tracking_token("click", delivery.pk, recipient.pk)
    else:
        return values
    pixel = with_token("open", opened)
    return {**values, "pixel": pixel, "t": f"?t={clicked}"}


def neutral_values(delivery: Delivery) -> dict[str, str]:
    """Return what the slots hold where nobody in particular reads: the browser copy and test letters."""
    with translation.override(delivery.letter.interface_language):
        signup = absolute(address_in_language("signup"))
    return {
        "greeting": greeting_for(delivery, ""),
        "unsubscribe_url": signup,
        "preferences_url": signup,
        "pixel": "",
        "t": "",
    }
