"""Two entries of one human being become one: what letters know of them, before the register moves its rows."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from directory.models import Person
from newsletters.forgetting import SKIPPED_REPLY, forget_receivers
from newsletters.models import LeftAllLetters, MeasuringConsent, MergedReceiver, Recipient, Subscription
from newsletters.wishes import merge_wishes

MERGED_REPLY = gettext_noop("the letter went to another address of the same person")
Status = Recipient.Status


@transaction.atomic
def merge_people(keep: Person, drop: Person) -> None:
    """Bring the two in step: leaving and a withdrawn consent win, and of each letter one copy is sent."""
    both = [keep, drop]
    left = Subscription.objects.filter(person__in=both, status=Subscription.Status.UNSUBSCRIBED)
    for gone in list(left):
        Subscription.objects.filter(person__in=both, series=gone.series).update(
            status=gone.status, ended_at=gone.ended_at, end_reason=gone.end_reason
        )
    _merge_left_all(both)
    merge_wishes(keep, drop)
    consents = MeasuringConsent.objects.filter(person__in=both)
    if consents.filter(withdrawn_at__isnull=False).exists():
        consents.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    _merge_letters(keep, drop)


def _merge_left_all(both: list[Person]) -> None:
    """Where one entry has left all letters, no subscription of either and no letter under way stands."""
    stand = LeftAllLetters.objects.filter(person__in=both).order_by("since").first()
    if stand:
        Subscription.objects.filter(person__in=both).exclude(status=Subscription.Status.UNSUBSCRIBED).update(
            status=Subscription.Status.UNSUBSCRIBED, ended_at=stand.since
        )
        waiting = Recipient.objects.filter(person__in=both, status=Status.PENDING)
        waiting.update(status=Status.SKIPPED, smtp_reply=SKIPPED_REPLY)


def _merge_letters(keep: Person, drop: Person) -> None:
    """Where both are receivers of a delivery, one row stays the person's; the other counts on as nobody's.

    One copy is sent, unless workers hold both at this moment.
    """
    kept = Recipient.objects.filter(person=keep)
    doubles = Recipient.objects.filter(person=drop, delivery__in=kept.values("delivery"))
    deliveries = list(doubles.values_list("delivery", flat=True))
    # Locked together and then read: no worker claims the one while the other is looked at.
    rows = Recipient.objects.select_for_update().filter(person__in=[keep, drop], delivery__in=deliveries)
    dropped = [row for row in rows.order_by("pk") if row.person_id == drop.pk]
    on_its_way = [row.delivery_id for row in dropped if row.status in (Status.SENDING, Status.SENT)]
    kept.filter(delivery__in=on_its_way, status=Status.PENDING).update(
        status=Status.SKIPPED, smtp_reply=MERGED_REPLY
    )
    forget_receivers(dropped)
    MergedReceiver.objects.bulk_create([MergedReceiver(recipient=row, person=keep) for row in dropped])
