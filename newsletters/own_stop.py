"""What a person's own page says when letters to their address are stopped, and the mail that may start them again.

A link to the page proves nothing about today: it may be old, forwarded, or made on another page. Only a mail that
arrives now proves that the address works, so the way back is that of any sign-up: a mail with a button.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from directory.models import Person
from newsletters import suppression
from newsletters.models import Series, SuppressedAddress
from newsletters.public_forms import SIGNUP_WORDING
from newsletters.signing_up import request_subscription
from newsletters.wishes import pause_end

Reason = SuppressedAddress.Reason


@dataclass(frozen=True)
class OwnStop:
    """Why and since when no letters come; `is_asked` when the mail that starts them again is on its way."""

    reason: str
    since: datetime
    is_asked: bool = False


def stop_on_own_page(person: Person, wanted: Iterable[Series] = ()) -> OwnStop | None:
    """Return what stops the person's letters; where they want some, have the mail sent that starts them again.

    None where nothing stops them. A complaint is taken back on the page itself, and a block by hand by nobody there.
    """
    stop = suppression.stop_of(person.email)
    if stop is None or stop.reason == Reason.COMPLAINT:
        return None
    series = list(wanted)
    # Confirming a sign-up ends a pause, so whoever has one is asked when they save again after it.
    asks = bool(series) and stop.reason != Reason.MANUAL and not pause_end(person)
    mailed = asks and request_subscription(
        person.email, series, language=person.language, wording=str(SIGNUP_WORDING)
    )
    return OwnStop(stop.reason, stop.since, is_asked=bool(mailed))
