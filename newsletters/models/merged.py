"""What is left of receivers whose entry was merged into another that got the same letter."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models import Person
from newsletters.models.delivery import Recipient


class MergedReceiver(models.Model):
    """Whose a receiver's row is that counts on without a person: the letter sent to it can still be left by its links.

    Each person has one row per delivery, so the second entry's row cannot point at the person itself.
    """

    recipient = models.OneToOneField(Recipient, on_delete=models.CASCADE, related_name="merged")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="merged_receivers")

    class Meta:
        verbose_name = _("letter to a merged entry")
        verbose_name_plural = _("letters to merged entries")

    def __str__(self) -> str:
        return str(self.recipient_id)


def owner_of(recipient: Recipient) -> Person | None:
    """Return the person whose letter it was, whichever of two merged entries it went to; None once they are erased."""
    if recipient.person_id:
        return recipient.person
    merged = MergedReceiver.objects.select_related("person").filter(recipient=recipient).first()
    return merged.person if merged else None
