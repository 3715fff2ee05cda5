"""What letters say to an import of people: who may come in, who is subscribed, and who has left and stays away."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from directory.imports.offers import Offer
from directory.models import Person
from newsletters.models import LeftAllLetters, Series, Subscription, SuppressedAddress, address_hash

KEY = "series-"
# Subscriptions that go when an import is taken back; whoever has left since keeps that, and stays.
MADE_BY_IMPORT = Q(basis=Subscription.Basis.IMPORT, status=Subscription.Status.ACTIVE)


def offer_series(user: User | None, offer: Offer) -> None:
    """Offer the series to those who may add subscriptions, and to the operator at the command line; tell the others.

    Letters are wanted mail only while one role answers for who gets them: whoever keeps the register alone, as the
    administration consultants do, subscribes nobody.
    """
    if user is not None and not user.has_perm("newsletters.add_subscription"):
        offer.notes.append(
            _(
                "This subscribes nobody to letters: that is for the communication advisers. Send them the list of"
                " who should get which letter, and why; they can import the same file and choose the letters."
            )
        )
        return
    series = list(Series.objects.all())
    offer.choices += [(f"{KEY}{one.pk}", one.name) for one in series]
    offer.short_names |= {one.slug: f"{KEY}{one.pk}" for one in series}
    if not series:
        offer.notes.append(_("There are no letter series yet, so nobody is subscribed to letters."))


def chosen_series(keys: Iterable[str]) -> list[Series]:
    """Return the series of these keys; keys of others are passed over."""
    numbers = [key.removeprefix(KEY) for key in keys if key.startswith(KEY)]
    return list(Series.objects.filter(pk__in=[number for number in numbers if number.isdecimal()]))


def bar_erased(addresses: Iterable[str], barred: dict[str, str]) -> None:
    """Bar the addresses of those who were erased at their own wish, known by the keyed hash of each alone."""
    hashes = {address_hash(address): address for address in addresses}
    erased = SuppressedAddress.objects.filter(hash__in=hashes, reason=SuppressedAddress.Reason.ERASED)
    for found in erased.values_list("hash", flat=True):
        barred[hashes[found]] = _("Erased on own request; comes back only by signing up.")


def judge(candidates: list, chosen: Iterable[str]) -> None:
    """Tell who would be subscribed, who has left, and whose address is blocked. Few queries for the whole batch."""
    hashes = {one.main: address_hash(one.main) for one in candidates}
    blocked = set(
        SuppressedAddress.objects.filter(hash__in=set(hashes.values())).values_list("hash", flat=True)
    )
    series = chosen_series(chosen)
    known = [one.person_id for one in candidates if one.person_id]
    gone = _gone(known)
    held = {
        (person, number): status
        for person, number, status in Subscription.objects.filter(
            person__in=known, series__in=series
        ).values_list("person", "series", "status")
    }
    for candidate in candidates:
        if series and hashes[candidate.main] in blocked:
            candidate.remarks.append(
                _("The address is blocked for letters (bounced, complaint or by hand); not subscribed.")
            )
        elif series and candidate.person_id in gone:
            candidate.remarks.append(_("Has left all letters and is not subscribed again."))
        else:
            _tell_subscriptions(candidate, series, held)


def _tell_subscriptions(candidate, series: list[Series], held: dict[tuple[int, int], str]) -> None:
    for one in series:
        status = held.get((candidate.person_id, one.pk))
        if status == Subscription.Status.UNSUBSCRIBED:
            candidate.remarks.append(
                _("Has left %(series)s and is not subscribed again.") % {"series": one.name}
            )
        elif status is None:
            candidate.additions.append(one.name)


def subscribe(people: list[int], chosen: Iterable[str], basis: str, *, by_hand: bool = False) -> int:
    """Subscribe people to the chosen series, noting why we may; whoever has a subscription keeps it as it is.

    Whoever has left all letters, or has a suppressed address, is passed over, so the caller need not have asked.
    Returns how many were added.
    """
    series = chosen_series(chosen)
    if not series:
        return 0
    now = timezone.now()
    gone = _gone(people)
    allowed = [person for person in _not_suppressed(people) if person not in gone]
    made = Subscription.objects.bulk_create(
        [
            Subscription(
                person_id=person,
                series=one,
                status=Subscription.Status.ACTIVE,
                basis=Subscription.Basis.MANUAL if by_hand else Subscription.Basis.IMPORT,
                basis_note=basis,
                requested_at=now,
                confirmed_at=now,
            )
            for person in allowed
            for one in series
        ],
        ignore_conflicts=True,
    )
    return len(made)


def _gone(people: list[int]) -> set[int]:
    """Return those who have left all letters, of series they never had too."""
    return set(LeftAllLetters.objects.filter(person__in=people).values_list("person", flat=True))


def _not_suppressed(people: list[int]) -> list[int]:
    mains = Person.objects.filter(pk__in=people).values_list("pk", "email")
    hashes = {person: address_hash(email) for person, email in mains}
    blocked = set(SuppressedAddress.objects.filter(hash__in=hashes.values()).values_list("hash", flat=True))
    return [person for person in people if person in hashes and hashes[person] not in blocked]
