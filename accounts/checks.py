"""What `manage.py check` says about the accounts' settings; an upgrade runs it."""

from django.core.checks import Warning as Caution
from django.core.checks import register

from accounts.views_security import days_left, expires_on, expires_soon


@register
def security_contact(**kwargs) -> list[Caution]:
    """Warn when /.well-known/security.txt expires soon or has expired."""
    if not expires_soon():
        return []
    return [
        Caution(
            f"/.well-known/security.txt expires on {expires_on()}, {days_left()} days from today.",
            hint="Check SECURITY_CONTACT and set SECURITY_TXT_EXPIRES to a new day.",
            id="accounts.W001",
        )
    ]
