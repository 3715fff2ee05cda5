"""The spam score of a letter, where SpamAssassin is installed: as a client of its daemon, or the program itself."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

# A letter takes two seconds at most; twice this and the links must fit into the time a worker claims the checks for.
PATIENCE_SECONDS = 25
# No look-ups on the network and nothing learnt or written: a letter that has not been sent is nobody's business.
ALONE = ("-t", "-L", "-x", "--cf=bayes_auto_learn 0")
# spamc -R begins with "1.2/5.0"; spamassassin writes a header into the message it gives back.
CLIENT = re.compile(r"\A\s*(-?\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
PROGRAM = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+) required=([\d.]+)", re.MULTILINE)
# Both end with a table of rules, whose heading is in the machine's language.
TABLE = re.compile(r"^---- -{10,}.*\n((?:.*\S.*\n)*)", re.MULTILINE)
RULE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s+([A-Z][A-Z0-9_]+)", re.MULTILINE)


@dataclass(frozen=True)
class SpamScore:
    """Points, how many make spam, and the names of the rules that gave them."""

    points: float
    limit: float
    rules: tuple[str, ...] = ()

    @property
    def is_spam(self) -> bool:
        """Whether receivers would put it away."""
        return self.points >= self.limit


class NoScore(Exception):
    """SpamAssassin gave no score; `reason`: "silent", or "rules" when it has none to judge by."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_installed() -> bool:
    """Whether there is a program to ask."""
    return bool(_programs())


def spam_score(message: bytes) -> SpamScore:
    """Return the score of a whole message. Raises NoScore."""
    reasons = ["silent"]
    for command in _programs():
        try:
            return _ask(command, message)
        except NoScore as error:
            reasons.append(error.reason)
    raise NoScore(reasons[-1])


def _programs() -> list[list[str]]:
    """Return the commands to try; the client is there without a daemon too, so that the program comes after it."""
    if settings.SPAMASSASSIN:
        return [shlex.split(settings.SPAMASSASSIN)]
    return [[path] for name in ("spamc", "spamassassin") if (path := shutil.which(name))]


def _ask(command: list[str], message: bytes) -> SpamScore:
    is_client = Path(command[0]).name.startswith("spamc")
    try:
        ended = subprocess.run(
            [*command, *(("-R",) if is_client else ALONE)],
            input=message,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoScore("silent") from error
    if b"no rules were found" in ended.stderr:
        raise NoScore("rules")
    text = ended.stdout.decode("utf-8", "replace").replace("\r\n", "\n")
    found = (CLIENT.match if is_client else PROGRAM.search)(text)
    # "0/0" is what the client says when no daemon answers.
    if not found or not float(found[2]):
        raise NoScore("silent")
    return SpamScore(float(found[1]), float(found[2]), _rules(text))


def _rules(text: str) -> tuple[str, ...]:
    """Return the rules that spoke against the message, the gravest first."""
    table = TABLE.search(text)
    found = sorted((-float(points), name) for points, name in RULE.findall(table[1])) if table else []
    return tuple(name for points, name in found if points)
