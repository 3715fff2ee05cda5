"""What letters know about a person: shown and erased."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Case, CharField, F, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, Replace
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from directory.models import Person
from newsletters.models import (
    FewerLetters,
    LeftAllLetters,
    MeasuringConsent,
    Recipient,
    SignupRequest,
    Subscription,
    SuppressedAddress,
    TrackingEvent,
    address_hash,
)
from newsletters.models.delivery import ERASED_DOMAIN
from newsletters.rollup import count_events

SKIPPED_REPLY = gettext_noop("unsubscribed before the letter left")
# Of the row's key, so that no two are alike.
NO_ADDRESS = Concat(Value("erased-"), Replace(Cast("key", CharField()), Value("-")), Value(ERASED_DOMAIN))


@transaction.atomic
def forget_person(person: Person) -> None:
    """Remove what letters know of a person who is about to be erased; only a hash of each address is kept.

    Rows of letters already sent stay as numbers without name, address or place of work.
    """
    addresses = {person.email, *person.further_addresses.values_list("email", flat=True)}
    SuppressedAddress.objects.bulk_create(
        [
            SuppressedAddress(hash=address_hash(address), reason=SuppressedAddress.Reason.ERASED)
            for address in addresses
        ],
        # An address that bounced or was blocked before is an erased person's from now on.
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=["reason", "since"],
    )
    for address in addresses:
        SignupRequest.objects.filter(email__iexact=address).delete()
    # First, so that hits which are being written are waited for and forgotten too, and later ones find no yes.
    MeasuringConsent.objects.filter(person=person).delete()
    forget_receivers(list(Recipient.objects.filter(person=person)))
    Subscription.objects.filter(person=person).delete()


def forget_receivers(recipients: Sequence[Recipient]) -> None:
    """Leave of the rows of one person only what counts: no name, address, place of work, answer or hits."""
    rows = Recipient.objects.filter(pk__in=[row.pk for row in recipients])
    forget_hits(rows)
    skipped_if_waiting = When(status=Recipient.Status.PENDING, then=Value(Recipient.Status.SKIPPED))
    rows.update(
        status=Case(skipped_if_waiting, default=F("status")),
        email=NO_ADDRESS,
        first_name="",
        smtp_reply="",
        organisation=None,
        person=None,
    )


def forget_hits(recipients: QuerySet[Recipient]) -> None:
    """Count what waits, then delete the hits that are tied to these receivers; the counters keep them."""
    events = TrackingEvent.objects.filter(recipient__in=recipients)
    count_events(events)
    events.delete()


def stored_about(person: Person) -> list[tuple[str, list[dict]]]:
    """Return what is stored, as headings with rows, for the person to read."""
    subscriptions = [
        {
            "series": row.series.name,
            "status": row.get_status_display(),
            "basis": row.get_basis_display(),
            "wording": row.wording,
            "how_we_know": row.basis_note,
            "confirmed": _day(row.confirmed_at),
            "ended": _day(row.ended_at),
        }
        for row in person.subscriptions.select_related("series")
    ]
    consents = [
        {"wording": row.wording, "given": _day(row.given_at), "withdrawn": _day(row.withdrawn_at)}
        for row in MeasuringConsent.objects.filter(person=person)
    ]
    interests = [{"interest": str(row.interest)} for row in person.interests.select_related("interest")]
    wishes = [
        {"paused_until": _day(row.paused_until), "only_important": row.only_important}
        for row in FewerLetters.objects.filter(person=person)
    ]
    left_all = [{"since": _day(row.since)} for row in LeftAllLetters.objects.filter(person=person)]
    letters = [
        {
            "letter": row.delivery.subject,
            "address": row.email,
            "outcome": row.get_status_display(),
            "sent": _day(row.sent_at),
            "hits": row.events.count(),
        }
        for row in person.letters_received.select_related("delivery")
    ]
    return [
        (_("Subscriptions"), subscriptions),
        (_("Consent to measuring"), consents),
        (_("Interests"), interests),
        (_("Fewer letters"), wishes),
        (_("All letters left"), left_all),
        (_("Letters sent to you"), letters),
    ]


def _day(moment) -> str | None:
    return moment.isoformat() if moment else None
