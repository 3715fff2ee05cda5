"""Where a request comes from, as a short-lived keyed hash; the address itself is stored nowhere."""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the sender's IP address, behind as many proxies as TRUSTED_PROXIES says.

    Only the entries our own proxies appended to X-Forwarded-For are believed; the rest anyone can invent.
    """
    trusted = settings.TRUSTED_PROXIES
    if trusted:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(forwarded) >= trusted and forwarded[-trusted]:
            return forwarded[-trusted]
    return request.META.get("REMOTE_ADDR", "")


def source_key(request: HttpRequest, purpose: str, more: str = "") -> str:
    """Return a cache key for this source and purpose: a keyed hash that cannot be turned back (32 hex letters).

    `more` (a browser's name) tells sources behind one address apart. Keep the key in the cache only, for an hour at
    most; never in the database or a log.
    """
    key = hashlib.sha256(f"core.sources:{purpose}:{settings.SECRET_KEY}".encode()).digest()
    digest = hmac.new(key, f"{client_address(request)}\n{more}".encode(), hashlib.sha256).hexdigest()
    return f"source:{purpose}:{digest[:32]}"
