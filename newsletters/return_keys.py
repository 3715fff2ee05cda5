"""The keys in the addresses that letters come back to: one per receiver and purpose, so that none opens another.

A mail program's unsubscribe address travels with a letter that is forwarded; it must not be good for a bounce, which
would suppress its owner. A key is the row's number and a keyed hash: short, in small letters, stored nowhere.
"""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

from newsletters.models import Recipient

BOUNCE, UNSUBSCRIBE = "bounce", "unsubscribe"
HASH_DIGITS = 20
# As it is written now; and, without a dash, as in letters sent before each purpose had a key of its own.
PATTERN = rf"[0-9a-f]{{1,15}}-[0-9a-f]{{{HASH_DIGITS}}}|[0-9a-f]{{32}}"


def return_key(purpose: str, recipient: Recipient) -> str:
    """Return the receiver's key for a purpose."""
    return f"{recipient.pk or 0:x}-{_hash(purpose, settings.SECRET_KEY, recipient)}"


def receiver_number(key: str) -> int:
    """Return the number of the row that a key with a dash speaks of; `fits` says whether it may."""
    return int(key.partition("-")[0], 16)


def fits(purpose: str, key: str, recipient: Recipient) -> bool:
    """Whether a key is the receiver's own for that purpose."""
    written = key.partition("-")[2]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(written, _hash(purpose, secret, recipient)) for secret in secrets)


def _hash(purpose: str, secret: str, recipient: Recipient) -> str:
    said = f"{recipient.pk or 0}:{recipient.key.hex}".encode()
    return hmac.digest(_secret(purpose, secret), said, "sha256").hex()[:HASH_DIGITS]


@lru_cache(maxsize=16)
def _secret(purpose: str, secret: str) -> bytes:
    return hashlib.sha256(f"newsletters.return_keys:{purpose}:{secret}".encode()).digest()
