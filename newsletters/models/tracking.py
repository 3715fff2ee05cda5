"""What is counted of a delivery: links, small events, hourly counters."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletters.models.delivery import Delivery, Recipient
from newsletters.models.posting import SystemPosting


class DeliveryLink(models.Model):
    """A link of a frozen letter; its public address is /l/<delivery>/<number>."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.TextField()
    label = models.CharField(max_length=200, blank=True)
    # The invisible link only machines follow.
    is_trap = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "number"], name="link_number_once_per_delivery")
        ]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return self.url


class TrackingEvent(models.Model):
    """One hit, appended by the tracking endpoints and rolled up into counters. Erased when the statistics close.

    `recipient` is set only for people who have said yes to measuring; `token` only in mode "anonymous".
    """

    class Kind(models.TextChoices):
        CLICK = "click", _("Click")
        OPEN = "open", _("Open")

    # event_of_recipient begins with the delivery: an index of its own would only slow each hit down.
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="events", db_index=False)
    link = models.ForeignKey(DeliveryLink, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    token = models.CharField(max_length=32, blank=True)
    kind = models.CharField(max_length=5, choices=Kind)
    is_machine = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)
    is_counted = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(is_counted=False), name="event_to_roll_up"),
            models.Index(fields=["delivery", "recipient"], name="event_of_recipient"),
            # Asked by the roll-up in mode "anonymous": has this number been seen before?
            models.Index(
                fields=["delivery", "token"], condition=models.Q(token__gt=""), name="event_of_token"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class ClickCount(models.Model):
    """Clicks on one link in one hour, people and machines apart."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="click_counts")
    link = models.ForeignKey(DeliveryLink, on_delete=models.CASCADE, related_name="counts")
    hour = models.DateTimeField()
    is_machine = models.BooleanField(default=False)
    clicks = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery", "link", "hour", "is_machine"], name="one_click_count_per_link_and_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.hour}: {self.clicks}"


class OpenCount(models.Model):
    """Opens in one hour, people and machines apart. An estimate."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="open_counts")
    hour = models.DateTimeField()
    is_machine = models.BooleanField(default=False)
    opens = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "hour", "is_machine"], name="one_open_count_per_hour")
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.hour}: {self.opens}"


class DeliveryStatistics(SystemPosting):
    """The totals of a delivery, rolled up; what every page of statistics reads. Closed, they wait for their report."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="statistics")
    recipients = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    bounced = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    unsubscribed = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    machine_clicks = models.PositiveIntegerField(default=0)
    opens = models.PositiveIntegerField(default=0)
    machine_opens = models.PositiveIntegerField(default=0)
    consenting = models.PositiveIntegerField(default=0)
    consenting_openers = models.PositiveIntegerField(default=0)
    consenting_clickers = models.PositiveIntegerField(default=0)
    # Per region, organisation kind and profession: {"region": {"1": {"delivered": 12, "clickers": 3}}}
    breakdown = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)
    # When the receivers were counted last; hits are counted apart from that.
    receivers_counted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Set once the closing report is handed to the mail server; a closed delivery without it is found by query.
    report_mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("statistics of a delivery")
        verbose_name_plural = _("statistics of deliveries")

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.delivered}"
