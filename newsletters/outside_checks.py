"""The checks that take time: links to other sites and the spam score. A worker finds out; the send page shows it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.links_check import problem_words
from newsletters import letter_links
from newsletters.letter_checks import Check, place
from newsletters.letter_links import ASKING, BELIEVED, CLAIMED, outside_links
from newsletters.rendering import render_letter
from newsletters.services.trial import example_message
from newsletters.spam import SpamScore, program, spam_score

NO_SCORE = "none"


@dataclass(frozen=True)
class OutsideState:
    """What is known so far; `is_asking` while a worker finds out, `is_open` when something has not been asked."""

    checks: list[Check]
    is_asking: bool
    is_open: bool
    can_ask: bool


def outside_state(letter) -> OutsideState:
    """Return the findings so far. Reads the cache only."""
    links = outside_links(letter, render_letter(letter).html) if settings.LINK_CHECK_EXTERNAL else []
    known = letter_links.answers(link.address for link in links)
    spam = cache.get(_spam_key(letter)) if program() else NO_SCORE
    asked = [*known.values(), spam]
    checks = [*_link_checks(letter, links, known), *_spam_checks(spam)]
    return OutsideState(
        checks, is_asking=ASKING in asked, is_open=None in asked, can_ask=bool(program() or links)
    )


def begin(letter, *, again: bool = False) -> None:
    """Have a worker find out what is not known yet, or everything anew. Raises what the queue's client raises."""
    from newsletters.tasks import check_outside

    links = outside_links(letter, render_letter(letter).html) if settings.LINK_CHECK_EXTERNAL else []
    addresses = [link.address for link in links]
    if again:
        answered = [
            address for address, answer in letter_links.answers(addresses).items() if answer != ASKING
        ]
        letter_links.forget(answered)
        if cache.get(_spam_key(letter)) != ASKING:
            cache.delete(_spam_key(letter))
    mine = letter_links.claim(addresses)
    scores = bool(program()) and cache.add(_spam_key(letter), ASKING, CLAIMED)
    if not mine and not scores:
        return
    try:
        # What no worker has begun by then, nobody waits for any more.
        check_outside.apply_async([letter.pk, mine, scores], expires=CLAIMED)
    except Exception:  # whatever a broker's client raises
        letter_links.forget(mine)
        cache.delete(_spam_key(letter))
        raise


def find_out(letter, addresses: list[str], scores: bool) -> None:
    """Ask the claimed addresses, and score the letter; what is found lies in the cache for a while."""
    letter_links.ask(addresses)
    if scores:
        found = spam_score(example_message(letter))
        cache.set(_spam_key(letter), found or NO_SCORE, BELIEVED)


def _spam_key(letter) -> str:
    return f"letter-spam:{letter.pk}:{letter.latest_revision_id}"


def _link_checks(letter, links: list, known: dict[str, str | None]) -> list[Check]:
    if not settings.LINK_CHECK_EXTERNAL:
        return [Check("note", _("Links to other sites are not asked for: the operator has turned it off."))]
    text = _("%(address)s: %(problem)s Try the link, and change it or take it away if it is dead.")
    checks = []
    for link in links:
        problem = known[link.address]
        if problem and problem != ASKING:
            words = {"address": link.address, "problem": problem_words(problem)}
            checks.append(Check("warn", text % words, place(letter, link.path)))
    if links and all(answer == "" for answer in known.values()):
        count = ngettext(
            "%(count)d link to other sites answers.", "All %(count)d links to other sites answer.", len(links)
        )
        checks.append(Check("good", count % {"count": len(links)}))
    elif not links:
        checks.append(Check("good", _("The letter has no links to other sites.")))
    return checks


def _spam_checks(spam: Any) -> list[Check]:
    if not program():
        return [Check("note", _("No spam score is given: SpamAssassin is not installed on this server."))]
    if spam == NO_SCORE:
        return [Check("note", _("No spam score is given: SpamAssassin did not answer. Ask the operator."))]
    if not isinstance(spam, SpamScore):
        return []
    points = {"points": localize(spam.points), "limit": localize(spam.limit)}
    if not spam.is_spam:
        return [Check("good", _("The spam score is %(points)s; %(limit)s and more is spam.") % points)]
    text = _(
        "The spam score is %(points)s; %(limit)s and more is spam. Write a calmer subject and less in capitals, "
        "and ask the operator about these rules: %(rules)s."
    )
    return [Check("warn", text % {**points, "rules": ", ".join(spam.rules) or "–"})]
