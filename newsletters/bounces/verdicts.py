"""What a failure report means: the address is gone, could not take the letter for now, or the letter was refused.

The rules are those of the sending connection (`newsletters.smtp.classify`); a report only hides the stage at which the
answer was given, and how sure one may be is judged more carefully.
"""

import re
from dataclasses import dataclass
from enum import Enum

from newsletters.smtp import ENHANCED, POLICY_WORDS, Outcome, Stage, classify


class Verdict(Enum):
    """What follows for the receiver, mildest first."""

    REFUSED = "refused"  # the letter or its sender: counts as failed, the address stays
    SOFT = "soft"  # for now: three letters in a row make it hard
    HARD = "hard"  # the address does not exist: never mailed again


@dataclass(frozen=True)
class Failure:
    """One failed delivery as a report tells it."""

    verdict: Verdict
    code: int | None
    text: str
    # Which address the report names, in small letters; empty where it names none.
    address: str = ""


SEVERITY = [Verdict.REFUSED, Verdict.SOFT, Verdict.HARD]
CODE = re.compile(r"(?<![\d.#])([45]\d\d)(?=[\s#:-])")
DIAGNOSTIC_TYPE = re.compile(r"^\s*[\w.-]+\s*;\s*")
NOTHING_SAID = re.compile(r"#?\b[245]\.0\.0\b")
# "(in reply to RCPT TO command)", "after end of data:", as Postfix and Exim write.
STAGE = re.compile(
    r"(?:in reply to|after)\s+(?:pipelined\s+|initial\s+)*(RCPT TO|MAIL FROM|end of DATA|DATA)", re.IGNORECASE
)
STAGES = {"rcpt to": Stage.RCPT, "mail from": Stage.MAIL}
# Words that mean the address, for servers that give no telling number.
ADDRESS_WORDS = re.compile(
    r"(unknown|no such|invalid|non-?existent|unrouteable|bad)\s+(\w+\s+)?(user|recipient|mailbox|address|account|local)"
    r"|(user|recipient|mailbox|address|account)\b[^.;]{0,60}"
    r"(unknown|not found|does\s?n[o']t exist|rejected|invalid|unavailable|no longer|not listed|not known)"
    r"|no (mailbox|such person)|doesn't have|finnes ikke|ukjent (mottaker|bruker|adresse)",
    re.IGNORECASE,
)
POLICY = "7"
# The letter is too big for the mailbox or the system: not the address' fault.
TOO_BIG = {("2", "3"), ("3", "4")}


def judge(status: str, diagnostic: str) -> Failure:
    """Judge one failure from the report's `Status` and the words of the server that refused the letter."""
    said = " ".join(DIAGNOSTIC_TYPE.sub("", diagnostic, count=1).split())
    telling = NOTHING_SAID.sub("", said)
    if not ENHANCED.search(telling):
        telling = f"{NOTHING_SAID.sub('', status)} {telling}".strip()
    found, code = ENHANCED.search(telling), _code(telling)
    is_temporary = (found.group(1) if found else str(code or status or "5")[0]) == "4"
    verdict = _for_now(telling) if is_temporary else _of_refusal(telling, code or 550)
    return Failure(verdict, code, (said or status)[:500])


def worst(failures: list[Failure]) -> Failure:
    """Return the gravest of several failures; a letter of ours has one receiver, so they tell of the same."""
    return max(failures, key=lambda failure: SEVERITY.index(failure.verdict))


def _for_now(text: str) -> Verdict:
    """Judge what could not be delivered for now until it was given up."""
    found = ENHANCED.search(text)
    return Verdict.REFUSED if found and found.group(2) == POLICY else Verdict.SOFT


def _of_refusal(text: str, code: int) -> Verdict:
    """Judge a refusal for good."""
    found = ENHANCED.search(text)
    number = (found.group(2), found.group(3)) if found else ("", "")
    # 5.4.1 is how Exchange Online says that nobody has the address.
    is_about_address = number[0] in {"", "4"} and ADDRESS_WORDS.search(text)
    if is_about_address and (found or not POLICY_WORDS.search(text)):
        return Verdict.HARD
    outcome = classify(_stage(text), max(code, 500), text)
    if outcome is Outcome.HARD_BOUNCE:
        return Verdict.HARD
    if outcome is Outcome.POLICY or number in TOO_BIG or number[0] in {"5", "6"}:
        return Verdict.REFUSED
    return Verdict.SOFT


def _stage(text: str) -> Stage:
    """Return which command was refused; where a report does not say, not the one that condemns the address."""
    found = STAGE.search(text)
    return STAGES.get(found.group(1).lower(), Stage.CONTENT) if found else Stage.CONTENT


def _code(text: str) -> int | None:
    found = CODE.search(text)
    return int(found.group(1)) if found else None
