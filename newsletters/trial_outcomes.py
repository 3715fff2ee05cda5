"""How an adviser's latest test of a letter went: each address with the mail server's answer, for some hours.

It lies in the cache, under the adviser who wrote the addresses: nobody else sees them, and they go by themselves.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.smtp import Outcome, Reply

KEPT = 6 * 3600  # how long the addresses and answers are kept (seconds)
WATCHED = 120  # how long the page asks for news; what nobody has taken up by then may take long (seconds)
TOOK = (Outcome.SENT,)
# The letter could not be made into mail; nothing was sent, and no server was asked.
NOT_MADE = Reply(Outcome.FAILED)


@dataclass(frozen=True)
class TrialOutcome:
    """One test: when it was ordered, and the answer for each address; None while there is none."""

    number: str
    ordered_at: datetime
    answers: dict[str, Reply | None] = field(default_factory=dict)

    @property
    def is_waiting(self) -> bool:
        """Whether an address has no answer yet."""
        return None in self.answers.values()

    @property
    def is_watched(self) -> bool:
        """Whether news may come soon."""
        return self.is_waiting and timezone.now() - self.ordered_at < timedelta(seconds=WATCHED)

    @property
    def taken(self) -> list[str]:
        """The addresses the mail server took."""
        return [address for address, reply in self.answers.items() if reply and reply.outcome in TOOK]

    @property
    def refused(self) -> list[tuple[str, str, str]]:
        """The addresses that got nothing: what happened, and the server's own words."""
        return [
            (address, _words(reply), _answer(reply))
            for address, reply in self.answers.items()
            if reply and reply.outcome not in TOOK
        ]

    @property
    def waiting(self) -> list[str]:
        """The addresses without an answer."""
        return [address for address, reply in self.answers.items() if reply is None]


def begin(letter_id: int, user_id: int, addresses: Iterable[str]) -> str:
    """Remember a test that is ordered, in place of the adviser's earlier one; return its number."""
    number = uuid.uuid4().hex
    _keep(letter_id, user_id, TrialOutcome(number, timezone.now(), dict.fromkeys(addresses)))
    return number


def latest(letter_id: int, user_id: int) -> TrialOutcome | None:
    """Return the adviser's latest test of a letter, if it is still remembered."""
    return cache.get(_key(letter_id, user_id))


def note(letter_id: int, user_id: int, number: str, answers: dict[str, Reply]) -> None:
    """Write down answers, unless a newer test has taken the place."""
    known = latest(letter_id, user_id)
    if known and known.number == number:
        _keep(letter_id, user_id, replace(known, answers={**known.answers, **answers}))


def not_made(letter_id: int, user_id: int, number: str) -> None:
    """Write down that the letter could not be made into mail: nobody without an answer gets it."""
    known = latest(letter_id, user_id)
    if known:
        note(letter_id, user_id, number, dict.fromkeys(known.waiting, NOT_MADE))


def forget(letter_id: int, user_id: int) -> None:
    """Forget a test that could not be ordered."""
    cache.delete(_key(letter_id, user_id))


def _keep(letter_id: int, user_id: int, outcome: TrialOutcome) -> None:
    cache.set(_key(letter_id, user_id), outcome, KEPT)


def _key(letter_id: int, user_id: int) -> str:
    return f"letter-test:{letter_id}:{user_id}"


def _words(reply: Reply) -> str:
    if reply == NOT_MADE:
        return _("The letter could not be made into mail. Look at the checks, or ask the operator.")
    return {
        Outcome.UNREACHABLE: _("The mail server cannot be reached. Ask the operator."),
        Outcome.TEMPORARY: _("Not taken now. Try again in some minutes."),
        Outcome.HARD_BOUNCE: _("The address does not exist."),
        Outcome.POLICY: _("The mail server refuses the letter or its sender, not the address."),
        Outcome.UNCERTAIN: _("The letter was handed over, but the answer never came. It may have arrived."),
    }.get(reply.outcome, _("Refused."))


def _answer(reply: Reply) -> str:
    """Return the server's code and words; the portal's own sentences are translated."""
    words = _(reply.text) if reply.text else ""
    return f"{reply.code} {words}" if reply.code else words
