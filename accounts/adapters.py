"""How allauth behaves here: nobody signs up on their own, editors land in the admin."""

import logging
from smtplib import SMTPRecipientsRefused
from types import SimpleNamespace

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from accounts.second_factor import must_have_one
from core.identity import service_name
from core.sources import client_address

logger = logging.getLogger(__name__)


def mail_is_away() -> HttpResponse:
    """The page for whoever waits for a mail that cannot be sent: trying again later will do."""
    response = HttpResponse(render_to_string("accounts/mail_is_away.html"), status=503)
    response["Retry-After"] = "300"
    return response


class AccountAdapter(DefaultAccountAdapter):
    """Accounts come by invitation, or from the register for people who ask for a code."""

    def is_open_for_signup(self, request) -> bool:
        """Nobody makes an account without an invitation."""
        return False

    def get_client_ip(self, request) -> str:
        """The sender's address behind our own proxies, for the limits on tries."""
        return client_address(request) or super().get_client_ip(request)

    def get_login_redirect_url(self, request) -> str:
        """Editors go to the admin, everybody else to their own page."""
        if request.user.has_perm("wagtailadmin.access_admin"):
            return "/admin/"
        return super().get_login_redirect_url(request)

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Let every mail name the service instead of the server."""
        # allauth's texts greet from `current_site`, which would be the server's own name.
        site = SimpleNamespace(name=service_name(), domain=settings.SITE_URL)
        try:
            super().send_mail(template_prefix, email, {**context, "current_site": site})
        except SMTPRecipientsRefused:
            # The server knows no such mailbox. The answer stays what it is for any address: nothing is given away.
            logger.warning("A mail about a log-in was refused: no such address.")
        except OSError as error:  # every other fault of a mail server is one
            logger.exception("A mail about a log-in could not be sent")
            raise ImmediateHttpResponse(mail_is_away()) from error


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Organisation log-in lets in only those who have connected it to their log-in themselves.

    The address that comes along proves nothing, whatever the organisation says of it: allauth would let it in with
    SOCIALACCOUNT_EMAIL_AUTHENTICATION, which stays off.
    """

    def is_open_for_signup(self, request, sociallogin) -> bool:
        """Nobody makes an account without an invitation; the page says what to do instead."""
        request.comes_from_organisation = True
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Second factors carry the service's name in the reader's app."""

    def get_totp_issuer(self) -> str:
        """The name an authenticator app shows."""
        return service_name()

    def can_delete_authenticator(self, authenticator) -> bool:
        """Those who must have a second factor cannot turn off their last one themselves."""
        if not settings.MFA_REQUIRED or not must_have_one(authenticator.user):
            return True
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        real = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return real.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
