"""What comes back to the return path: what has been handled, what failed for now, what nobody could place."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.models.delivery import Delivery
from newsletters.models.posting import Posting
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


class StrayMail(Posting):
    """A mail of the bounce mailbox that somebody is to read: an adviser, or those whom it is being sent on to.

    Of one that was sent on, only the row remains for some days, without the mail, its writer and its subject.
    """

    class Reason(models.TextChoices):
        UNKNOWN = "unknown", _("Not recognised")
        NOT_OURS = "not_ours", _("A failure report that belongs to no letter of ours")
        UNREADABLE = "unreadable", _("Could not be read")
        REPLY = "reply", _("A reply to a letter")
        TOO_BIG = "too_big", _("Too big to be forwarded")

    class State(models.TextChoices):
        KEPT = "kept", _("Not dealt with")
        WAITING = "waiting", _("Being sent on")
        FAILED = "failed", _("Could not be sent on")
        DONE = "done", _("Sent on")

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

    # How sending it on goes: bounces.outgoing.
    state = models.CharField(_("status"), max_length=7, choices=State, default=State.KEPT, db_default="kept")
    # What the mail server said last, or a sentence of our own.
    answer = models.CharField(max_length=500, blank=True, default="", db_default="")
    forwarded_at = models.DateTimeField(null=True, blank=True)
    forwarded_to = models.CharField(max_length=320, blank=True, default="", db_default="")

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state="waiting"),
                name="mail_to_send_on",
            )
        ]
        verbose_name = _("mail to look at")
        verbose_name_plural = _("mail to look at")

    def __str__(self) -> str:
        return self.subject or self.sender or str(self.pk)

    @property
    def why(self) -> str:
        """Why it has not been sent on: the server's own words, or the portal's in the reader's language."""
        return gettext(self.answer) if self.answer else ""
