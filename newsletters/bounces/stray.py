"""Mail that somebody is to read: kept for an adviser, acted on by hand, erased after a while."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_noop

from directory.models import Person
from newsletters.bounces import outcomes
from newsletters.bounces.mail import Mail
from newsletters.bounces.verdicts import Failure, Verdict
from newsletters.models import HandledMail, Recipient, Series, SoftBounce, StrayMail, address_hash

BODY_LIMIT = 1_000_000
# So many addresses of one mail are remembered; a mail with more is no answer to a letter.
ADDRESS_LIMIT = 200
KEPT_DAYS = 90
# How long it is shown that a mail was sent on; the mail itself is erased at once.
FORWARDED_DAYS = 7
# Long enough for three letters of a network that writes twice a year.
SOFT_BOUNCE_DAYS = 730
BY_HAND = gettext_noop("Marked by hand from a mail that came back.")


def keep(mail: Mail, reason: str, series: Series | None = None) -> StrayMail:
    """Keep a mail to be looked at, of a very big one the beginning."""
    return _stored(mail, BODY_LIMIT, reason=reason, series=series)


def keep_whole(mail: Mail, reason: str, series: Series, **how: Any) -> StrayMail:
    """Keep a mail that is to be sent on as it came."""
    return _stored(mail, len(mail.raw), reason=reason, series=series, **how)


def _stored(mail: Mail, limit: int, **how: Any) -> StrayMail:
    return StrayMail.objects.create(
        sender=mail.header("From")[:320],
        subject=mail.header("Subject")[:300],
        body=mail.raw[:limit],
        is_cut=len(mail.raw) > limit,
        address_hashes=[address_hash(one) for one in _named_in(mail)],
        **how,
    )


def mail_of(stray: StrayMail) -> Mail:
    """Return the kept mail, to be read."""
    return Mail(bytes(stray.body))


def failed_addresses(stray: StrayMail) -> list[str]:
    """Return the addresses in the mail that a letter was really sent to; the only ones that may be marked by it."""
    return sorted(set(_handed_over(_named_in(mail_of(stray))).values_list("email", flat=True)))


@transaction.atomic
def mark_hard(stray: StrayMail, email: str) -> bool:
    """Take the mail as the hard bounce of the newest letter to the address; False when none was sent to it."""
    newest = _handed_over({email.strip().lower()}).order_by("-sent_at", "-pk").first()
    if newest is None:
        return False
    outcomes.bounced(newest, Failure(Verdict.HARD, None, BY_HAND))
    stray.delete()
    return True


def erase_old() -> int:
    """Delete what has been kept long enough; return how many stray mails it were."""
    now = timezone.now()
    HandledMail.objects.filter(at__lt=now - timedelta(days=KEPT_DAYS)).delete()
    SoftBounce.objects.filter(at__lt=now - timedelta(days=SOFT_BOUNCE_DAYS)).delete()
    StrayMail.objects.filter(
        state=StrayMail.State.DONE, forwarded_at__lt=now - timedelta(days=FORWARDED_DAYS)
    ).delete()
    return StrayMail.objects.filter(received_at__lt=now - timedelta(days=KEPT_DAYS)).delete()[0]


def forget(person: Person) -> None:
    """Erase what came back from or about a person who is being erased."""
    hashes = [address_hash(address) for address in _addresses(person)]
    SoftBounce.objects.filter(hash__in=hashes).delete()
    StrayMail.objects.filter(address_hashes__overlap=hashes).delete()


def stored_about(person: Person) -> list[dict[str, str | None]]:
    """Return the kept mails that name the person, for the person to read; what others wrote stays theirs."""
    own = {address.lower() for address in _addresses(person)}
    hashes = [address_hash(address) for address in own]
    rows = []
    for stray in StrayMail.objects.filter(address_hashes__overlap=hashes):
        is_own = mail_of(stray).sender.lower() in own
        rows.append(
            {
                "received": stray.received_at.isoformat(),
                "reason": stray.get_reason_display(),
                "subject": stray.subject if is_own else None,
                "text": mail_of(stray).text if is_own else None,
            }
        )
    return rows


def _addresses(person: Person) -> list[str]:
    return [person.email, *person.further_addresses.values_list("email", flat=True)]


def _named_in(mail: Mail) -> list[str]:
    return sorted(mail.addresses())[:ADDRESS_LIMIT]


def _handed_over(addresses: Iterable[str]) -> QuerySet[Recipient]:
    """Letters that were handed over to these addresses (small letters), of people who still have them."""
    people = Person.objects.annotate(low=Lower("email")).filter(low__in=addresses)
    return Recipient.objects.annotate(low=Lower("email")).filter(
        Q(sent_at__isnull=False) | Q(is_uncertain=True), person__in=people, low__in=addresses
    )
