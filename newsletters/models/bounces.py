"""What comes back to the return path: what has been handled, what failed for now, what nobody could place."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.delivery import Delivery
from newsletters.models.series import Series


class HandledMail(models.Model):
    """A mail of the bounce mailbox that has been handled; a keyed hash, so that no mail is handled twice."""

    hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.hash[:8]}…"


class SoftBounce(models.Model):
    """A letter that an address could not take for now; the address is known by its keyed hash only.

    One row per delivery. Nothing is counted down or reset: what counts is whether the three newest deliveries to the
    address all have a row, so a letter that got through in between breaks the run by itself.
    """

    hash = models.CharField(max_length=64)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="soft_bounces")
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hash", "delivery"], name="one_soft_bounce_per_address_and_delivery"
            )
        ]

    def __str__(self) -> str:
        return f"{self.hash[:8]}… ({self.delivery_id})"


class StrayMail(models.Model):
    """A mail of the bounce mailbox that could not be placed: kept for an adviser to look at, erased after a while."""

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("Not recognised")
        NOT_OURS = "not_ours", _("A failure report that belongs to no letter of ours")
        UNREADABLE = "unreadable", _("Could not be read")
        NOT_FORWARDED = "not_forwarded", _("A reply that could not be forwarded")
        TOO_BIG = "too_big", _("Too big to be forwarded")

    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    sender = models.CharField(_("from"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    # The mail as it came, up to a limit.
    body = models.BinaryField()
    is_cut = models.BooleanField(_("cut off"), default=False)
    reason = models.CharField(_("reason"), max_length=14, choices=Reason, default=Reason.UNKNOWN)
    series = models.ForeignKey(
        Series,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("letter series"),
    )
    # Keyed hashes of every address in the mail, so that whoever is erased is found here too.
    address_hashes = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("mail to look at")
        verbose_name_plural = _("mail to look at")

    def __str__(self) -> str:
        return self.subject or self.sender or str(self.pk)
