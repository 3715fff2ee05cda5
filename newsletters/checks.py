"""What `manage.py check --deploy` says about the letters' settings; an upgrade runs it."""

from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register


@register(deploy=True)
def returned_mail(**kwargs) -> list[Caution]:
    """Warn when letters would come back to a mailbox that nobody reads."""
    missing = [name for name in ("BOUNCE_DOMAIN", "BOUNCE_MAILBOX") if not getattr(settings, name)]
    if not missing:
        return []
    return [
        Caution(
            f"{' and '.join(missing)} not set: dead addresses are mailed again, and nobody can leave by mail.",
            hint="See docs/operations.md, Letters: the bounce mailbox and the return path.",
            id="newsletters.W001",
        )
    ]
