"""The second factor: who must have one, and what an administrator does when somebody has lost it."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.permissions import page_permission_policy

from accounts.models import User
from core.identity import service_name

# By name: the app stands to the right of this one.
SEND_LETTERS = "newsletters.send_letter"


def must_have_one(user) -> bool:
    """Whether the user may publish pages, send letters or administer users."""
    if not user.is_authenticated:
        return False
    return (
        user.is_superuser
        or user.has_perm(SEND_LETTERS)
        or user.has_perm("accounts.change_user")
        or page_permission_policy.user_has_permission(user, "publish")
    )


# Codes for emergencies alone do not count.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_one(user) -> bool:
    """Whether the user has set up a second factor."""
    return get_adapter().is_mfa_enabled(user, list(FACTORS))


def with_second_factor(users: QuerySet[User]) -> QuerySet[User]:
    """Give each user `second_factor_exists`, for lists: one query however many rows."""
    own = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    return users.annotate(second_factor_exists=Exists(own))


@transaction.atomic
def reset(user: User, by: User) -> int:
    """Remove a user's lost second factor and end all their sessions; returns how many were removed.

    Only a technical operator may do it for a technical operator. `tell_of_reset` mails the user afterwards, outside
    the transaction: a mail server that is away must not keep the factor in place.
    """
    if user.is_superuser and not by.is_superuser:
        raise PermissionDenied
    removed = Authenticator.objects.filter(user=user).delete()[1].get("mfa.Authenticator", 0)
    end_sessions(user)
    log(instance=user, action="accounts.reset_second_factor", user=by, data={"removed": removed})
    return removed


def tell_of_reset(user: User, by: User) -> None:
    """Mail the user that their second factor is gone, and who removed it. Raises OSError when the mail fails."""
    context = {"service": service_name(), "by": by}
    body = render_to_string("accounts/mail/second_factor_reset.txt", context)
    subject = _("Your second factor has been removed")
    EmailMessage(subject, body, None, [user.email], headers={"Auto-Submitted": "auto-generated"}).send()


def end_sessions(user: User) -> int:
    """Log the user out everywhere; returns the number of sessions ended."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended
