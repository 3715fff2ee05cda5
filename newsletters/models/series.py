"""Series of letters, who subscribes to them, and who must never get one."""

import hashlib
import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.design import LetterDesign


class Series(LetterDesign):
    """A series of letters, e.g. TSB-lederbrev: sender, design, default audience and public sign-up."""

    name = models.CharField(
        _("name"),
        max_length=120,
        unique=True,
        help_text=_("Shown where people sign up and above each letter."),
    )
    slug = models.SlugField(
        _("short name in addresses"),
        unique=True,
        help_text=_("Small letters, digits and hyphens; once per series."),
    )
    description = models.TextField(
        _("description"),
        help_text=_("Shown where people sign up: what the letter holds and how often it comes."),
    )
    sender_name = models.CharField(
        _("sender's name"), max_length=120, help_text=_("Who the letter is from in the mail program.")
    )
    sender_email = models.EmailField(
        _("sender's address"), help_text=_("Must be of a domain that the mail relay signs for.")
    )
    reply_to = models.EmailField(
        _("replies go to"), blank=True, help_text=_("Left empty, replies go to the sender's address.")
    )
    greeting = models.CharField(
        _("greeting"),
        max_length=80,
        blank=True,
        default="Hei, {name}",
        help_text=_("{name} becomes the first name. Left empty, the letter starts without a greeting."),
    )
    greeting_fallback = models.CharField(
        _("greeting without a name"),
        max_length=80,
        default="Hei",
        help_text=_("Used for people whose name is not known."),
    )
    network = models.ForeignKey(
        "networks.NetworkPage",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="letter_series",
        verbose_name=_("network"),
        help_text=_("The network's current members get the letters too. Left empty, only subscribers do."),
    )
    # Restricted: a default that went in silence would widen the letter to all subscribers.
    default_audience = models.ForeignKey(
        "newsletters.SavedAudience",
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="default_of",
        verbose_name=_("default audience"),
        help_text=_(
            "The saved audience the send page starts from, in the network's place. Left empty, it starts from the"
            " subscribers and the network's members."
        ),
    )
    is_public = models.BooleanField(
        _("open for sign-up"),
        default=True,
        help_text=_("Turned off, the series is not offered on the sign-up page."),
    )
    approval_required = models.BooleanField(
        _("needs approval before sending"),
        default=False,
        help_text=_(
            "A second person with the right to send must start the delivery. Turned off, whoever orders it starts it."
        ),
    )
    sort_order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Series with lower numbers come first.")
    )

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("letter series")
        # English has one word for both; Norwegian has not.
        verbose_name_plural = _("series of letters")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A default audience is one of the series' own."""
        super().clean()
        if self.default_audience and self.default_audience.series_id != self.pk:
            raise ValidationError(
                {"default_audience": _("This audience belongs to another series. Choose one of this series.")}
            )


class SubscriptionQuerySet(models.QuerySet):
    """Look-ups of subscriptions."""

    def active(self) -> "SubscriptionQuerySet":
        """Subscriptions that get letters."""
        return self.filter(status=Subscription.Status.ACTIVE)


class Subscription(models.Model):
    """A person's subscription to a series, with the basis for it and the wording shown."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Awaiting confirmation")
        ACTIVE = "active", _("Active")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    class Basis(models.TextChoices):
        DOUBLE_OPT_IN = "double_opt_in", _("Own sign-up, confirmed by mail")
        ROLE = "role", _("Leader role in the field")
        MANUAL = "manual", _("Added by hand")
        IMPORT = "import", _("Imported")

    person = models.ForeignKey(
        "directory.Person",
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("person"),
        help_text=_("Who gets the letters."),
    )
    series = models.ForeignKey(
        Series,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("letter series"),
        help_text=_("Which letters the person gets."),
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=Status,
        default=Status.PENDING,
        help_text=_("Only active subscriptions get letters."),
    )
    basis = models.CharField(
        _("basis"),
        max_length=15,
        choices=Basis,
        default=Basis.DOUBLE_OPT_IN,
        help_text=_("Why we may write to the person."),
    )
    wording = models.TextField(
        _("wording shown"),
        blank=True,
        help_text=_("The text the person agreed to. Left empty, no text is on record."),
    )
    basis_note = models.CharField(
        _("how we know"),
        max_length=300,
        blank=True,
        db_default="",
        help_text=_(
            "Who asked for it and when, or which role it follows from. The person can ask to read it. Left empty,"
            " nothing is noted; adding by hand needs it."
        ),
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("reason for leaving"), max_length=200, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "series"], name="one_subscription_per_person_and_series"
            )
        ]
        indexes = [models.Index(fields=["series", "status"])]
        ordering = ["-requested_at"]
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return f"{self.person} – {self.series}"

    def clean(self) -> None:
        """Whoever has left a series comes back only by signing up again."""
        super().clean()
        before = Subscription.objects.filter(pk=self.pk).values_list("status", flat=True).first()
        if before == self.Status.UNSUBSCRIBED and self.status != before:
            raise ValidationError(
                {"status": _("This person has left the series. Only the person can sign up again.")}
            )


class MeasuringConsent(models.Model):
    """A person's yes to individual measuring of letters; withdrawn at any time."""

    person = models.OneToOneField(
        "directory.Person", on_delete=models.CASCADE, related_name="measuring_consent"
    )
    wording = models.TextField(_("wording shown"))
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent to measuring")
        verbose_name_plural = _("consents to measuring")

    def __str__(self) -> str:
        return f"{self.person}"


def address_hash(email: str) -> str:
    """Return the keyed hash under which an address is remembered without being stored (hex, 64 characters)."""
    key = f"newsletters.suppression:{settings.SECRET_KEY}".encode()
    return hmac.new(key, email.strip().lower().encode(), hashlib.sha256).hexdigest()


class SuppressedAddress(models.Model):
    """An address that must not be mailed: bounced hard, complained, or its owner was erased. Only a hash is kept."""

    class Reason(models.TextChoices):
        HARD_BOUNCE = "hard_bounce", _("The address does not exist")
        COMPLAINT = "complaint", _("Complaint")
        ERASED = "erased", _("Erased on request")
        MANUAL = "manual", _("Blocked by hand")

    hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return f"{self.hash[:8]}… ({self.reason})"
