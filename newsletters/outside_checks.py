"""The checks that take time: links to other sites and the spam score. A worker finds out; the send page shows it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.links_check import problem_words
from core.outside import is_dead
from newsletters import letter_links
from newsletters.letter_checks import Check, place
from newsletters.letter_links import ASKING, BELIEVED, CLAIMED, outside_links
from newsletters.rendering import render_letter
from newsletters.services.trial import example_message
from newsletters.spam import NoScore, SpamScore, is_installed, spam_score


@dataclass(frozen=True)
class OutsideState:
    """What is known so far; `is_asking` while a worker finds out, `is_open` when something has not been asked.

    `asks_links`: there are links that may be asked; without them only the spam score is left to ask for.
    """

    checks: list[Check]
    is_asking: bool
    is_open: bool
    can_ask: bool
    asks_links: bool


def outside_state(letter) -> OutsideState:
    """Return the findings so far. Reads the cache only."""
    links = outside_links(letter, render_letter(letter).html) if settings.LINK_CHECK_EXTERNAL else []
    known = letter_links.answers(link.address for link in links)
    is_scored = is_installed()
    spam = cache.get(_spam_key(letter)) if is_scored else "absent"
    asked = [*known.values(), spam]
    checks = [*_link_checks(letter, links, known), *_spam_checks(spam)]
    return OutsideState(
        checks,
        is_asking=ASKING in asked,
        is_open=None in asked,
        # A letter's score stays what it is until the letter changes.
        can_ask=bool(links) or (is_scored and not isinstance(spam, SpamScore)),
        asks_links=bool(links),
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
    scores = is_installed() and cache.add(_spam_key(letter), ASKING, CLAIMED)
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
        try:
            found: SpamScore | str = spam_score(example_message(letter))
        except NoScore as error:
            found = error.reason
        cache.set(_spam_key(letter), found, BELIEVED)


def _spam_key(letter) -> str:
    return f"letter-spam:{letter.pk}:{letter.latest_revision_id}"


def _link_checks(letter, links: list, known: dict[str, str | None]) -> list[Check]:
    """Tell three things apart: links that answer, dead ones, and those whose site would not tell a machine."""
    if not settings.LINK_CHECK_EXTERNAL:
        text = _("Links to other sites were not tried: the operator has turned it off. Try them yourself.")
        return [Check("note", text)]
    if not links:
        return [Check("good", _("The letter has no links to other sites."))]
    dead = _("%(address)s: %(problem)s Change the link or take it away.")
    unsure = _("%(address)s could not be tried. %(problem)s Open it and see for yourself.")
    checks = []
    for link in links:
        problem = known[link.address]
        if problem and problem != ASKING:
            is_gone = is_dead(problem)
            words = {"address": link.address, "problem": problem_words(problem)}
            text = (dead if is_gone else unsure) % words
            checks.append(Check("warn" if is_gone else "note", text, place(letter, link.path)))
    answering = sum(answer == "" for answer in known.values())
    if answering == len(links):
        text = ngettext(
            "%(count)d link to other sites answers.", "All %(count)d links to other sites answer.", answering
        )
        checks.append(Check("good", text % {"count": answering}))
    elif answering and not {None, ASKING} & set(known.values()):
        text = _("%(count)d of %(all)d links to other sites answer.")
        checks.append(Check("good", text % {"count": answering, "all": len(links)}))
    return sorted(checks, key=lambda check: ("warn", "good", "note").index(check.level))


def _spam_checks(spam: Any) -> list[Check]:
    without = {
        "absent": _("No spam score is given: SpamAssassin is not installed on this server."),
        "silent": _("No spam score is given: SpamAssassin did not answer. Ask the operator."),
        "rules": _("No spam score is given: SpamAssassin has no rules. Ask the operator to run sa-update."),
    }
    if not isinstance(spam, SpamScore):
        return [Check("note", without[spam])] if spam in without else []
    points = {"points": localize(spam.points).replace("-", "−"), "limit": localize(spam.limit)}
    if not spam.is_spam:
        return [Check("good", _("The spam score is %(points)s; %(limit)s and more is spam.") % points)]
    text = _(
        "The spam score is %(points)s; %(limit)s and more is spam. Write a calmer subject and less in capitals, "
        "and ask the operator about these rules: %(rules)s."
    )
    return [Check("warn", text % {**points, "rules": ", ".join(spam.rules) or "–"})]
