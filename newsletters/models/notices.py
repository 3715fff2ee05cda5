"""Mails to colleagues about a delivery."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletters.models.delivery import Delivery
from newsletters.models.posting import SystemPosting


class Notice(SystemPosting):
    """A mail to those who may send, about one thing with one delivery; it waits here until it has left."""

    class Kind(models.TextChoices):
        APPROVAL = "approval"
        STANDSTILL = "standstill"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mail about a delivery")
        verbose_name_plural = _("mails about deliveries")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "kind"], name="one_notice_per_delivery_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.kind}"
