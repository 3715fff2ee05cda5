"""Who may get a letter now: nobody who has left, whose address is suppressed, or who wants fewer letters.

Asked when an audience is chosen and when a delivery is sent again (as conditions of a query), and of each row that
waits when it is claimed and when it goes back (as SQL): an audience is frozen at the start; people leave, pause, bounce
and complain afterwards, and while it is being frozen. A test holds that all say the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop

from newsletters.forgetting import SKIPPED_REPLY
from newsletters.hashed_addresses import AddressHash, address_hash_sql
from newsletters.models import FewerLetters, LeftAllLetters, Recipient, Subscription, SuppressedAddress
from newsletters.wishes import PAUSED_REPLY

SUPPRESSED_REPLY = gettext_noop("the address was suppressed before the letter left")


def has_left_series(person: str, series: int) -> Exists:
    """Whether somebody has left a series; `person` is the field that names them, here and below."""
    left = Subscription.objects.filter(series=series, status=Subscription.Status.UNSUBSCRIBED)
    return Exists(left.filter(person=OuterRef(person)))


def has_left_all(person: str) -> Exists:
    """Whether somebody has left every letter."""
    return Exists(LeftAllLetters.objects.filter(person=OuterRef(person)))


def is_suppressed(email: str = "email") -> Exists:
    """Whether an address must not be mailed."""
    return Exists(SuppressedAddress.objects.filter(hash=AddressHash(OuterRef(email))))


def is_held_back(person: str, *, is_important: bool) -> Exists:
    """Whether somebody has a pause today, or wants important letters only and this is none."""
    wishes = FewerLetters.objects.holding_back(is_important=is_important)
    return Exists(wishes.filter(person=OuterRef(person)))


# The same as SQL, where a row is asked and changed in one statement and what it says itself must be as new as its lock.
# NULL when the person of the row `r` still wants the letter, else what the row says about why it was skipped; nothing
# of somebody who was erased.
WHY_NOT = """
CASE WHEN r.person_id IS NULL THEN ''
     WHEN EXISTS (SELECT FROM newsletters_subscription s JOIN newsletters_delivery d ON d.series_id = s.series_id
                  WHERE d.id = r.delivery_id AND s.person_id = r.person_id AND s.status = 'unsubscribed')
          OR EXISTS (SELECT FROM newsletters_leftallletters a WHERE a.person_id = r.person_id)
     THEN %(left)s
     WHEN EXISTS (SELECT FROM newsletters_suppressedaddress a WHERE a.hash = {hash})
     THEN %(suppressed)s
     WHEN EXISTS (SELECT FROM newsletters_fewerletters f JOIN newsletters_delivery d ON d.id = r.delivery_id
                  WHERE f.person_id = r.person_id AND (f.paused_until >= %(today)s OR f.only_important
                        AND NOT COALESCE((d.audience->>'is_important')::boolean, false)))
     THEN %(paused)s
END
"""
LOOK = """
SELECT r.id, {why_not},
       EXISTS (SELECT FROM newsletters_measuringconsent c
               WHERE c.person_id = r.person_id AND c.withdrawn_at IS NULL)
FROM newsletters_recipient r WHERE r.id = ANY(%(rows)s)
"""


@dataclass(frozen=True)
class Look:
    """What the receivers of a batch want now, by their rows' numbers."""

    # Who is not to get the letter any more, and why.
    unwanted: dict[int, str]
    # Who has said yes to measuring and has not taken it back.
    consenting: set[int]


def why_not() -> str:
    """Return WHY_NOT as SQL; it takes the values of `reasons`."""
    return WHY_NOT.format(hash=address_hash_sql("r.email"))


def reasons() -> dict[str, Any]:
    """Return the values of the SQL of `why_not`."""
    return {
        "left": SKIPPED_REPLY,
        "suppressed": SUPPRESSED_REPLY,
        "paused": PAUSED_REPLY,
        "today": timezone.localdate(),
    }


def look_at(recipients: Sequence[Recipient]) -> Look:
    """Ask what the receivers want now, in one query for all of them. A row that is gone is not wanted either."""
    rows = [recipient.pk for recipient in recipients]
    unwanted, consenting = dict.fromkeys(rows, ""), set()
    with connection.cursor() as cursor:
        cursor.execute(LOOK.format(why_not=why_not()), {"rows": rows} | reasons())
        for row, reason, consents in cursor.fetchall():
            if reason is None:
                del unwanted[row]
            else:
                unwanted[row] = reason
            if consents:
                consenting.add(row)
    return Look(unwanted, consenting)
