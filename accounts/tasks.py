"""Periodic jobs of accounts."""

import logging

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import GROUP_NAMES, Role
from accounts.views_security import days_left, expires_soon

logger = logging.getLogger(__name__)


@shared_task
def warn_security_contact() -> int:
    """Mail the administrators when security.txt is about to expire; returns the number of mails that were taken."""
    if not expires_soon():
        return 0
    addresses = User.objects.filter(is_active=True, groups__name=GROUP_NAMES[Role.ADMINISTRATOR])
    body = _(
        "The address for reporting security weaknesses (%(url)s) expires in %(days)d days. "
        "Check that the contact is right and set SECURITY_TXT_EXPIRES to a new date."
    ) % {"url": f"{settings.SITE_URL}/.well-known/security.txt", "days": days_left()}
    sent = 0
    for address in addresses.values_list("email", flat=True).distinct():
        try:
            EmailMessage(_("security.txt is about to expire"), body, None, [address]).send()
        except OSError as error:  # every fault of a mail server is one; the others are told all the same
            logger.warning("The warning about security.txt was not taken for one administrator: %s", error)
            continue
        sent += 1
    return sent
