"""Erasing oneself from the register: asked for on the own page or by a letter's preference page, confirmed by mail.

A forwarded letter must not be able to erase its owner, so only a fresh mail to the person's main address holds the key.
"""

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.forms.anonymous import within_limit
from core.identity import service_name
from directory.models import Person

SALT = "directory.erase"
VALID_SECONDS = 3600
# Mails to one person within an hour: nobody's inbox is filled by pressing the button.
MAILS_PER_HOUR = 3


def may_mail(person: Person) -> bool:
    """Whether the person has asked for few enough mails within the hour; counts this one."""
    return within_limit(f"mail-own-erasure:{person.pk}", MAILS_PER_HOUR)


def send_confirmation(person: Person) -> None:
    """Mail the person a link that leads to the button which erases; it works for an hour. Raises OSError."""
    with translation.override(person.language):
        context = {"service": service_name(), "link": link_for(person)}
        body = render_to_string("directory/mail/erase.txt", context)
        subject = _("Confirm that you want to be erased")
        EmailMessage(subject, body, None, [person.email], headers={"Auto-Submitted": "auto-generated"}).send()


def link_for(person: Person) -> str:
    """Return the address that stands in the mail."""
    token = signing.dumps([person.pk, person.email], salt=SALT)
    return settings.SITE_URL + reverse("directory_erase", args=[token])


def from_token(token: str) -> Person | None:
    """Return the person of a token; None when it is forged, older than an hour, or the address has changed."""
    try:
        pk, email = signing.loads(token, salt=SALT, max_age=VALID_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Person.objects.filter(pk=pk, email=email).first()
