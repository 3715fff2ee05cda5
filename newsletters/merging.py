"""Two entries of one human being become one: what letters know of them, before the register moves its rows."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from directory.models import Person
from newsletters.forgetting import SKIPPED_REPLY, forget_receivers
from newsletters.models import LeftAllLetters, MeasuringConsent, MergedReceiver, Recipient, Subscription
from newsletters.suppression import stop_of
from newsletters.wanted import SUPPRESSED_REPLY
from newsletters.wishes import merge_wishes

MERGED_REPLY = gettext_noop("the letter went to another address of the same person")
Status = Recipient.Status
ON_ITS_WAY = (Status.SENDING, Status.SENT)


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

    That is the kept entry's, unless it got nothing and the dropped one's got the letter or still may. One copy is
    sent, unless workers hold both at this moment.
    """
    kept = Recipient.objects.filter(person=keep)
    doubles = Recipient.objects.filter(person=drop, delivery__in=kept.values("delivery"))
    deliveries = list(doubles.values_list("delivery", flat=True))
    # Locked together and then read: no worker claims the one while the other is looked at.
    rows = Recipient.objects.select_for_update().filter(person__in=[keep, drop], delivery__in=deliveries)
    pairs: dict[int, dict[int | None, Recipient]] = {}
    for row in rows.order_by("pk"):
        pairs.setdefault(row.delivery_id, {})[row.person_id] = row
    nobodys = []
    for pair in pairs.values():
        mine, other = pair[keep.pk], pair[drop.pk]
        other_has_left = other.status in ON_ITS_WAY
        if _got_nothing(mine) and (other_has_left or _may_arrive(other)):
            nobodys.append(mine)  # the register moves the other to the person
            continue
        if other_has_left and mine.status == Status.PENDING:
            kept.filter(pk=mine.pk).update(status=Status.SKIPPED, smtp_reply=MERGED_REPLY)
        nobodys.append(other)
    forget_receivers(nobodys)
    MergedReceiver.objects.bulk_create([MergedReceiver(recipient=row, person=keep) for row in nobodys])


def _got_nothing(row: Recipient) -> bool:
    """Whether the letter did not reach the row's address, nor will by itself. Who may have it counts as having it."""
    if row.status == Status.PENDING:
        return not _may_arrive(row)
    if row.status == Status.SKIPPED:
        return row.smtp_reply == SUPPRESSED_REPLY
    return row.status == Status.BOUNCED or (row.status == Status.FAILED and not row.is_uncertain)


def _may_arrive(row: Recipient) -> bool:
    return row.status == Status.PENDING and not stop_of(row.email)
