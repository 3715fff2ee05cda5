"""Addresses that get no letters: looked up, blocked, and let go again. Only their hashes are stored."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from directory.models import Person, PersonAddress
from newsletters.models import Recipient, SoftBounce, SuppressedAddress, address_hash
from newsletters.wanted import SUPPRESSED_REPLY

LIFTED, BLOCKED = "newsletters.lift_suppression", "newsletters.block_address"
Reason = SuppressedAddress.Reason
# So many addresses are looked up in one statement.
BATCH = 1000


@dataclass(frozen=True)
class Tally:
    """What was found for a domain: addresses of people in the register, and how many hard bounces were lifted."""

    addresses: int
    lifted: int


def stop_of(email: str) -> SuppressedAddress | None:
    """Return why and since when an address gets no letters; None when nothing stops it."""
    return SuppressedAddress.objects.filter(hash=address_hash(email)).first()


@transaction.atomic
def lift(email: str, *, reason: str, user, has_asked: bool = False) -> None:
    """Let an address have letters again. Raises ValidationError where no hand may do that.

    A complaint needs `has_asked`: its owner wants letters again. Who has left all letters has still left them.
    """
    row = SuppressedAddress.objects.select_for_update().filter(hash=address_hash(email)).first()
    if row is None:
        raise ValidationError(_("Nothing stops letters to this address."))
    if row.reason == Reason.ERASED:
        raise ValidationError(
            _("The owner has been erased at their own request. Only the owner can come back, by signing up.")
        )
    if row.reason == Reason.COMPLAINT and not has_asked:
        raise ValidationError(_("The owner has called a letter spam. Only they can ask for letters again."))
    _lift(row, reason, user)


@transaction.atomic
def block(email: str, *, reason: str, user) -> None:
    """Stop letters to an address by hand, also mails that confirm a sign-up; letters that wait are skipped.

    Raises ValidationError when it is stopped by hand already, or for a reason that weighs more than a hand's: who
    lifted the block would forget that its owner complained or was erased.
    """
    row, is_new = SuppressedAddress.objects.select_for_update().get_or_create(
        hash=address_hash(email), defaults={"reason": Reason.MANUAL}
    )
    if not is_new and row.reason != Reason.HARD_BOUNCE:
        raise ValidationError(_("The address is blocked already."))
    data = {"reason": reason, "before": "" if is_new else row.reason}
    if not is_new:
        row.reason, row.since = Reason.MANUAL, timezone.now()
        row.save(update_fields=["reason", "since"])
    log(instance=row, action=BLOCKED, user=user, data=data)
    waiting = Recipient.objects.filter(email__iexact=email.strip(), status=Recipient.Status.PENDING)
    waiting.update(status=Recipient.Status.SKIPPED, smtp_reply=SUPPRESSED_REPLY)


@transaction.atomic
def lift_confirmed(email: str) -> None:
    """Whoever confirms an address reads it and wants letters; only a block by hand stays."""
    confirmed = address_hash(email)
    SuppressedAddress.objects.filter(hash=confirmed).exclude(reason=Reason.MANUAL).delete()
    SoftBounce.objects.filter(hash=confirmed).delete()


def lift_of_domain(
    domain: str, *, since: datetime, until: datetime, reason: str, dry_run: bool = False
) -> Tally:
    """Lift the hard bounces noted from `since` until before `until` for addresses of exactly this domain.

    Hashes do not tell the domain, so only addresses that stand in the register are found.
    """
    found = lifted = 0
    known = _addresses_in(domain)
    for start in range(0, len(known), BATCH):
        hashes = {address_hash(address) for address in known[start : start + BATCH]}
        found += len(hashes)
        stops = SuppressedAddress.objects.filter(
            hash__in=hashes, reason=Reason.HARD_BOUNCE, since__gte=since, since__lt=until
        )
        lifted += stops.count() if dry_run else _lift_each(stops, reason)
    return Tally(found, lifted)


def _addresses_in(domain: str) -> list[str]:
    """Return every address of the domain in the register, each once."""
    ending = {"email__iendswith": f"@{domain}"}
    own = Person.objects.filter(**ending).values_list("email", flat=True)
    further = PersonAddress.objects.filter(**ending).values_list("email", flat=True)
    return sorted({address.strip().lower() for address in [*own, *further]})


@transaction.atomic
def _lift_each(stops: QuerySet[SuppressedAddress], reason: str) -> int:
    rows = list(stops.select_for_update())
    for row in rows:
        _lift(row, reason, None)
    return len(rows)


def _lift(row: SuppressedAddress, reason: str, user) -> None:
    """Forget the stop, and the soft bounces before it: the next one alone must not stop the address again."""
    log(instance=row, action=LIFTED, user=user, data={"reason": reason, "before": row.reason}, deleted=True)
    SoftBounce.objects.filter(hash=row.hash).delete()
    row.delete()
