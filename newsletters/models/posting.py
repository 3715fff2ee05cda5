"""What a row says that waits for the mail server: newsletters.posting works by it."""

from django.db import models


class Posting(models.Model):
    """A row with a mail to send. With a lease it is in a worker's hands; one whose lease ran out may have been sent."""

    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    is_uncertain = models.BooleanField(default=False, db_default=False)
    # Empty: at once.
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_key = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


class SystemPosting(Posting):
    """A row about which the portal itself mails somebody."""

    # It is not tried again: refused for good, or for now for a week, or its outcome is unknown after two attempts.
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
