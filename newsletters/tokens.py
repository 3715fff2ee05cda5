"""Signed tokens in letters: one kind per purpose, so that no link can do what another link is for.

A token holds its parts openly (numbers and short texts), the second it was made, and a signature whose key belongs to
its purpose. A token of one purpose is a forgery to every other. Nothing is stored.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache

from django.conf import settings

from newsletters.models import address_hash

PURPOSES = frozenset({"confirm", "unsubscribe", "preferences", "click", "open", "erase", "trial"})
# How long each kind is believed (seconds); kinds not named here work as long as the letter is kept.
CONFIRM_AGE = 7 * 24 * 3600
ERASE_AGE = 2 * 3600
PREFERENCES_AGE = 365 * 24 * 3600
# An unsubscribe link's choices beside leaving; leaving itself works as long as the letter is kept.
FEWER_AGE = 365 * 24 * 3600
TRIAL_AGE = 7 * 24 * 3600
SIGNATURE_BYTES = 16

Part = int | str
# Made once: a letter has two tokens per receiver.
COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class BadToken(ValueError):
    """The token is forged, cut off, meant for another purpose, or too old."""

    def __init__(self, message: str, *, is_expired: bool = False) -> None:
        super().__init__(message)
        self.is_expired = is_expired


def make_token(purpose: str, *parts: Part) -> str:
    """Return a token for addresses that carries `parts` and is good for `purpose` only."""
    payload = COMPACT.encode([int(time.time()), *parts]).encode()
    return _encode(_sign(purpose, settings.SECRET_KEY, payload) + payload)


def read_token(purpose: str, token: str, max_age: float | None = None) -> tuple[Part, ...]:
    """Return the parts of a token; raise BadToken when it is not one of ours, or older than `max_age` seconds."""
    raw = _decode(token)
    signature, payload = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(signature, _sign(purpose, key, payload)) for key in keys):
        raise BadToken("The signature does not fit.")
    made, *parts = json.loads(payload)
    if max_age is not None and time.time() - made > max_age:
        raise BadToken("The token is too old.", is_expired=True)
    return tuple(parts)


# What each kind carries: written in one place, so that the one who makes it and the one who reads it agree.


def unsubscribe_token(person_id: int, series_id: int, recipient_id: int = 0) -> str:
    """Ends this person's letters of this series, or lessens all, and does nothing else.

    `recipient_id` says which letter the link stood in (0: none).
    """
    return make_token("unsubscribe", person_id, series_id, recipient_id)


def preferences_token(person_id: int) -> str:
    """Opens this person's preference page."""
    return make_token("preferences", person_id)


def erase_token(person_id: int, email: str) -> str:
    """Erases this person, as long as the address it was mailed to is theirs."""
    return make_token("erase", person_id, _address_mark(email))


def was_mailed_to(mark: Part, email: str) -> bool:
    """Whether the mark in an erase token is of this address."""
    return hmac.compare_digest(str(mark), _address_mark(email))


def _address_mark(email: str) -> str:
    return address_hash(email)[:16]


def personal_tracking_token(purpose: str, delivery_id: int, recipient_id: int) -> str:
    """For `click` or `open`, in letters to people who have said yes to measuring."""
    return make_token(purpose, delivery_id, recipient_id)


def anonymous_tracking_token(purpose: str, delivery_id: int, number: str) -> str:
    """For `click` or `open` in measuring mode "anonymous": `number` is random and stored nowhere with the person.

    It is text of at most 32 characters, which tells it from a receiver's number.
    """
    return make_token(purpose, delivery_id, str(number))


def _sign(purpose: str, secret: str, payload: bytes) -> bytes:
    return hmac.digest(_key(purpose, secret), payload, "sha256")[:SIGNATURE_BYTES]


@lru_cache(maxsize=64)
def _key(purpose: str, secret: str) -> bytes:
    if purpose not in PURPOSES:
        raise ValueError(f"There is no kind of token called {purpose!r}.")
    return hashlib.sha256(f"newsletters.tokens:{purpose}:{secret}".encode()).digest()


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, TypeError) as error:
        raise BadToken("The token is not readable.") from error
    # The decoder forgives foreign letters and spare bits; only the one way of writing a token is accepted.
    if len(raw) <= SIGNATURE_BYTES or _encode(raw) != token:
        raise BadToken("The token is not readable.")
    return raw
