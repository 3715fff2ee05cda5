"""Letters an address could not take for now: three in a row, and it counts as one that does not exist."""

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from newsletters.models import Recipient, SoftBounce, address_hash

SOFT_LIMIT = 3


def is_third_in_a_row(row: Recipient) -> bool:
    """Note that the address could not take the letter; return whether it could take none of the newest three.

    A letter that got through later, as it was sent again, counts as one that got through. Of the erased nothing is
    noted.
    """
    if not Recipient.objects.filter(pk=row.pk, person__isnull=False).exists():
        return False
    known = address_hash(row.email)
    SoftBounce.objects.update_or_create(
        hash=known, delivery_id=row.delivery_id, defaults={"at": timezone.now()}
    )
    noted = SoftBounce.objects.filter(hash=known, delivery=OuterRef("delivery"))
    letters = Recipient.objects.filter(person=row.person_id, email__iexact=row.email).annotate(
        soft_at=Subquery(noted.values("at")[:1]),
        # One that never left was tried last when its last attempt was due.
        tried_at=Coalesce("sent_at", "next_attempt_at"),
    )
    tried = letters.filter(Q(sent_at__isnull=False) | Q(soft_at__isnull=False)).order_by("-tried_at", "-pk")
    newest = list(tried.values_list("sent_at", "soft_at")[:SOFT_LIMIT])
    soft = [soft_at for sent_at, soft_at in newest if soft_at and (sent_at is None or soft_at >= sent_at)]
    return len(soft) == SOFT_LIMIT
