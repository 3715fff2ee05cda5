"""/.well-known/security.txt (RFC 9116): where to report a weakness, and until when that holds."""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

# A real service sets a date of its own and is warned before it (settings/production.py). The demo's lies always so far
# ahead.
HOLDS_DAYS = 90
# So long before the end the administrators are told (days).
WARN_DAYS = 30


def expires_on() -> date:
    """Return the last day the contact is promised to hold."""
    chosen = settings.SECURITY_TXT_EXPIRES
    return date.fromisoformat(chosen) if chosen else timezone.localdate() + timedelta(days=HOLDS_DAYS)


def days_left() -> int:
    """Return the number of days until security.txt expires; negative when it has."""
    return (expires_on() - timezone.localdate()).days


def expires_soon() -> bool:
    """Whether it is time to look at the contact and set a new day."""
    return days_left() < WARN_DAYS


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Answer as plain text without a cookie."""
    end = datetime.combine(expires_on(), datetime.min.time(), UTC)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nb, nn, en",
        f"Canonical: {settings.SITE_URL}/.well-known/security.txt",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
