"""What a person's own page says when letters to them are stopped, and the mail that may start them again.

A link to the page proves nothing about today: it may be old, forwarded, or made on another page, and every letter
carries one. Only a mail that arrives now proves that the address works and whose it is, so the way back is that of
any sign-up: a mail with a button.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from directory.models import Person
from newsletters import suppression
from newsletters.models import LeftAllLetters, Series, SuppressedAddress
from newsletters.public_forms import SIGNUP_WORDING
from newsletters.signing_up import request_subscription
from newsletters.wishes import pause_end

Reason = SuppressedAddress.Reason
LEFT_ALL = "left_all"


@dataclass(frozen=True)
class OwnStop:
    """Why and since when no letters come: LEFT_ALL, or what stops the address.

    `is_asked` when the mail that starts them again is on its way; `paused_until` when a pause kept it from being sent.
    """

    reason: str
    since: datetime
    is_asked: bool = False
    paused_until: date | None = None


def stop_on_own_page(person: Person, wanted: Iterable[Series] = ()) -> OwnStop | None:
    """Return what stops the person's letters; where they want some, have the mail sent that starts them again.

    None where nothing stops them. A block by hand is taken back by nobody there.
    """
    found = _found(person)
    if found is None:
        return None
    series = list(wanted)
    if not series or found.reason == Reason.MANUAL:
        return found
    # Confirming a sign-up ends a pause, so whoever has one is asked when they save again after it.
    if last_day := pause_end(person):
        return replace(found, paused_until=last_day)
    mailed = request_subscription(person.email, series, language=person.language, wording=str(SIGNUP_WORDING))
    return replace(found, is_asked=bool(mailed))


def _found(person: Person) -> OwnStop | None:
    """Return what stops the address; else, whether the person has left all letters."""
    if stop := suppression.stop_of(person.email):
        return OwnStop(stop.reason, stop.since)
    left = LeftAllLetters.objects.filter(person=person).first()
    return OwnStop(LEFT_ALL, left.since) if left else None
