"""A delivery: a letter frozen at the moment it is sent, and one row per receiver."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletters.models.pages import LetterPage
from newsletters.models.series import Series

# A double click or two advisers at once make one running delivery, not two.
ONE_OPEN_DELIVERY = "one_open_delivery_per_letter"
# Rows of receivers who are erased keep an address that is nobody's.
ERASED_DOMAIN = "@invalid.invalid"


class DeliveryQuerySet(models.QuerySet):
    """Look-ups of deliveries. Due work is found by query, never held in a queue's memory."""

    def due(self) -> "DeliveryQuerySet":
        """Scheduled deliveries whose time has come."""
        return self.filter(status=Delivery.Status.SCHEDULED, scheduled_for__lte=timezone.now())

    def running(self) -> "DeliveryQuerySet":
        """Deliveries whose receivers workers may claim."""
        return self.filter(status=Delivery.Status.SENDING)


class Delivery(models.Model):
    """One sending of a letter. Frozen when started: text, HTML with slots, links, receivers."""

    class Status(models.TextChoices):
        AWAITING = "awaiting", _("Awaiting approval")
        SCHEDULED = "scheduled", _("Scheduled")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN_STATUSES = (Status.AWAITING, Status.SCHEDULED, Status.SENDING, Status.PAUSED)

    letter = models.ForeignKey(
        LetterPage, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("letter")
    )
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, related_name="deliveries", verbose_name=_("letter series")
    )
    # The letter as it was ordered: what is sent and published. Kept from the clearing of old revisions.
    revision = models.ForeignKey(
        "wagtailcore.Revision",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # The send page's one-time id: the same form posted twice finds the delivery it made the first time.
    form_id = models.UUIDField(unique=True, null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.SENDING, db_index=True
    )
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    audience = models.JSONField(
        _("audience"), default=dict, help_text="Filters as newsletters.audience.Audience writes them."
    )
    measuring_mode = models.CharField(_("measuring"), max_length=10, default="consent")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("started by"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    # Only the release before this one reads it: what is approved is the revision that was ordered.
    approved_revision = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    # Set once those who may approve were asked by mail.
    approval_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    scheduled_for = models.DateTimeField(_("scheduled for"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    statistics_closed_at = models.DateTimeField(_("statistics closed"), null=True, blank=True)
    # Set when the receivers' names and addresses were erased, long after: newsletters.retention.
    receivers_erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When answers of the mail server last came (within seconds), or the delivery was set going again.
    last_progress_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set once it was told by mail that the delivery stands still; empty again when it moves.
    standstill_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Letters refused as spam or by policy, by answer or by report, since the delivery last was paused for that.
    refusals = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # The frozen mail. Slots are written as {{slot:name}} and filled per receiver; nothing else differs.
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.EmailField(blank=True)
    reply_to = models.EmailField(blank=True)
    greeting = models.CharField(max_length=80, blank=True)
    greeting_fallback = models.CharField(max_length=80, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["letter"],
                condition=models.Q(status__in=["awaiting", "scheduled", "sending", "paused"]),
                name=ONE_OPEN_DELIVERY,
            )
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it may still send something: no other delivery of the letter can be made meanwhile."""
        return self.status in self.OPEN_STATUSES


class Recipient(models.Model):
    """One receiver of a delivery. The delivery is finished when no row is pending or sending."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        BOUNCED = "bounced", _("Bounced")
        SKIPPED = "skipped", _("Skipped")

    # Three indexes below begin with the delivery; one of its own would only slow freezing and sending down.
    delivery = models.ForeignKey(
        Delivery, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    person = models.ForeignKey(
        "directory.Person", on_delete=models.SET_NULL, null=True, related_name="letters_received"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField()
    first_name = models.CharField(max_length=80, blank=True)
    # Snapshot of where the person stood when the letter was sent.
    # Without indexes: each would be written twice for every letter sent, and figures read a delivery's rows.
    region = models.ForeignKey(
        "directory.HealthRegion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    organisation = models.ForeignKey(
        "directory.Organisation",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    organisation_kind = models.CharField(max_length=20, blank=True)
    profession = models.CharField(max_length=20, blank=True)

    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    message_id = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # A row found in "sending" after its lease ran out may or may not have left; it is sent once more at most.
    is_uncertain = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_key = models.UUIDField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    smtp_code = models.PositiveSmallIntegerField(null=True, blank=True)
    smtp_reply = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    # Had said yes to measuring when the letter left; noted by the roll-up, so that figures outlive the consent's row.
    is_measured = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "person"], name="one_recipient_per_delivery_and_person"
            ),
            models.UniqueConstraint(
                fields=["delivery", "email"], name="one_recipient_per_delivery_and_address"
            ),
        ]
        indexes = [
            models.Index(
                fields=["delivery", "next_attempt_at", "id"],
                condition=models.Q(status="pending"),
                name="recipient_to_claim",
            ),
            models.Index(
                fields=["lease_until"], condition=models.Q(status="sending"), name="recipient_lease"
            ),
            models.Index(fields=["delivery", "status"], name="recipient_outcome"),
        ]
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")

    def __str__(self) -> str:
        return self.email

    @property
    def shown_email(self) -> str:
        """The address; of a receiver who is erased, that it is."""
        return gettext("erased") if self.email.endswith(ERASED_DOMAIN) else self.email

    @property
    def answer(self) -> str:
        """What the mail server said after its code, or the portal's own sentence in the reader's language."""
        # The empty text would be answered with the catalogue's own heading.
        said = gettext(self.smtp_reply) if self.smtp_reply else ""
        # A report of a returned letter repeats the whole answer, with the code that stands beside it.
        return said.removeprefix(f"{self.smtp_code} ").removeprefix(f"{self.smtp_code}-")
