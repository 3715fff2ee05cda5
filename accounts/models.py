"""Users, and who leads which project or network."""

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, Group, PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    """Creates users by e-mail address, compared without case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Create a user; without a password one must be set by mail."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        """Create a user with every right."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str) -> "User":
        """Find a user whatever the case of the address."""
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who logs in; the e-mail address is the name."""

    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    is_staff = models.BooleanField(_("technical operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["last_name", "first_name", "email"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(models.functions.Lower("email"), name="user_email_is_unique_without_case")
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        """First and last name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """The first name, or the address."""
        return self.first_name or self.email


class PageLeader(models.Model):
    """A user who leads a project or a network: may edit and submit its pages, pictures and documents.

    Kept outside page revisions so that leaders cannot give themselves rights. `accounts.leaders` keeps one
    managed group and collection per page in step with these rows.
    """

    page = models.ForeignKey(
        "core.ContentPage",
        on_delete=models.CASCADE,
        related_name="leaders",
        verbose_name=_("project or network"),
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="led_pages", verbose_name=_("leader")
    )
    since = models.DateField(_("since"), default=timezone.localdate)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "user"], name="one_leadership_per_page_and_user")
        ]
        ordering = ["page__title", "user__last_name"]
        verbose_name = _("project leader")
        verbose_name_plural = _("project leaders")

    def __str__(self) -> str:
        return f"{self.user} – {self.page}"


class ManagedAccess(models.Model):
    """The group and collection that the portal itself keeps for one led page."""

    page = models.OneToOneField("core.ContentPage", on_delete=models.CASCADE, related_name="managed_access")
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="managed_access")
    collection = models.OneToOneField(
        "wagtailcore.Collection", on_delete=models.PROTECT, related_name="managed_access"
    )

    def __str__(self) -> str:
        return str(self.group)


class InvitationQuerySet(models.QuerySet):
    """Look-ups of invitations."""

    def open(self) -> "InvitationQuerySet":
        """Invitations that can still be accepted."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now())


def _nonce() -> str:
    return get_random_string(32)


class Invitation(models.Model):
    """An offer by mail to log in with a role. Valid once and for a limited time; only the newest mail counts."""

    email = models.EmailField(
        _("e-mail"), help_text=_("The invitation is mailed here, and this becomes the log-in name.")
    )
    role = models.CharField(_("role"), max_length=20, help_text=_("Decides what the person may do."))
    invited_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations_sent",
        verbose_name=_("invited by"),
    )
    # Part of the signed link: a new one makes links of earlier mails worthless.
    nonce = models.CharField(max_length=32, default=_nonce, editable=False)
    created_at = models.DateTimeField(_("invited"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"), editable=False)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    user = models.OneToOneField(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitation",
        verbose_name=_("user"),
        editable=False,
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > timezone.now()

    @property
    def state(self) -> str:
        """What became of it, as administrators read it."""
        if self.accepted_at:
            return _("Accepted")
        if self.revoked_at:
            return _("Withdrawn")
        return _("Waiting") if self.is_open else _("Expired")

    @property
    def role_label(self) -> str:
        """The role's name."""
        from accounts.roles import Role

        return Role(self.role).label
