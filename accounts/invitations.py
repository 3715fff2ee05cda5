"""Invitations: how editors get their log-in. The link is signed, works once and expires."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from accounts.models import Invitation, User
from accounts.roles import Role, group_of
from core.identity import service_name

VALID_DAYS = 7
SALT = "accounts.invitation"


def invite(email: str, role: Role | str, invited_by: User | None = None) -> Invitation:
    """Make an invitation and mail it. Raises ValidationError as `make` does, OSError as `send` does."""
    invitation = make(email, role, invited_by)
    send(invitation)
    return invitation


def make(email: str, role: Role | str, invited_by: User | None = None) -> Invitation:
    """Make an invitation without mailing it. Raises ValidationError when the address can log in already."""
    address = email.strip().lower()
    if User.objects.filter(email__iexact=address).exists():
        raise ValidationError(
            _("Someone with this address can log in already. Change the role there instead.")
        )
    with transaction.atomic():
        Invitation.objects.open().filter(email__iexact=address).update(revoked_at=timezone.now())
        invitation = Invitation.objects.create(
            email=address, role=Role(role).value, invited_by=invited_by, expires_at=_expiry()
        )
        _note(invitation, "accounts.invite", invited_by)
    return invitation


def send(invitation: Invitation) -> None:
    """Mail the link. Raises OSError (every SMTPException is one) when the mail server does not take it."""
    context = {
        "service": service_name(),
        "role": Role(invitation.role).label,
        "invited_by": invitation.invited_by,
        "link": settings.SITE_URL + reverse("accounts_invitation", args=[token_of(invitation)]),
        "valid_until": invitation.expires_at,
    }
    subject = _("Invitation to edit %(service)s") % {"service": context["service"]}
    body = render_to_string("accounts/mail/invitation.txt", context)
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(subject, body, None, [invitation.email], headers=headers).send()


@transaction.atomic
def resend(invitation: Invitation, by: User | None = None) -> None:
    """Mail a new link with a new time limit; the earlier link stops working.

    Raises OSError as `send` does; then nothing has changed, and the earlier link still holds.
    """
    if invitation.accepted_at:
        raise ValidationError(_("The invitation has been accepted already."))
    invitation.nonce = get_random_string(32)
    invitation.expires_at = _expiry()
    invitation.revoked_at = None
    invitation.save(update_fields=["nonce", "expires_at", "revoked_at"])
    _note(invitation, "accounts.invite_again", by)
    send(invitation)


def revoke(invitation: Invitation, by: User | None = None) -> None:
    """Withdraw an invitation; its link stops working."""
    if invitation.accepted_at is None and invitation.revoked_at is None:
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        _note(invitation, "accounts.revoke_invitation", by)


def token_of(invitation: Invitation) -> str:
    """Return the signed token that the mailed link carries."""
    return signing.dumps([invitation.pk, invitation.nonce], salt=SALT)


def from_token(token: str) -> Invitation | None:
    """Return the open invitation of a token; None when it is forged, used, withdrawn, replaced or too old."""
    try:
        pk, nonce = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Invitation.objects.open().filter(pk=pk, nonce=nonce).first()


@transaction.atomic
def accept(invitation: Invitation, *, first_name: str, last_name: str, password: str) -> User:
    """Make the user with the role. Raises ValidationError when the link was used meanwhile."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    taken = User.objects.filter(email__iexact=locked.email).exists()
    if not locked.is_open or locked.nonce != invitation.nonce or taken:
        raise ValidationError(_("This invitation has been used already."))
    user = User.objects.create_user(locked.email, password, first_name=first_name, last_name=last_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    group: Group = group_of(locked.role)
    user.groups.add(group)
    locked.accepted_at = timezone.now()
    locked.user = user
    locked.save(update_fields=["accepted_at", "user"])
    log(instance=user, action="accounts.accept_invitation", user=user, data={"role": group.name})
    return user


def _expiry():
    return timezone.now() + timedelta(days=VALID_DAYS)


def _note(invitation: Invitation, action: str, by: User | None) -> None:
    log(instance=invitation, action=action, user=by, data={"role": Role(invitation.role).label.__str__()})
