"""The spam score of a letter, where SpamAssassin is installed: as a client of its daemon, or the program itself."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

PATIENCE_SECONDS = 40
# spamc -R: "1.2/5.0" and then a report with a rule per line; spamassassin: a header in the message it gives back.
CLIENT = re.compile(r"\A\s*(-?\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)")
CLIENT_RULE = re.compile(r"^\s*(\d+\.\d+)\s+([A-Z][A-Z0-9_]+)", re.MULTILINE)
PROGRAM = re.compile(
    r"^X-Spam-Status: \w+, score=(-?[\d.]+) required=([\d.]+)\s+tests=([\w,\s]*?)(?=\s\w+=|\n\S)",
    re.MULTILINE,
)


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


def program() -> str:
    """Return the path of spamc or spamassassin; empty where neither is installed."""
    return settings.SPAMASSASSIN or shutil.which("spamc") or shutil.which("spamassassin") or ""


def spam_score(message: bytes) -> SpamScore | None:
    """Return the score of a whole message; None where there is no SpamAssassin or it does not answer."""
    path = program()
    if not path:
        return None
    is_client = Path(path).name.startswith("spamc")
    # -L: no look-ups on the network; a letter that has not been sent is nobody's business.
    command = [path, "-R"] if is_client else [path, "-t", "-L"]
    try:
        ended = subprocess.run(
            command, input=message, capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _of_client(ended.stdout) if is_client else _of_program(ended.stdout)


def _of_client(output: bytes) -> SpamScore | None:
    text = output.decode("utf-8", "replace")
    found = CLIENT.match(text)
    # "0/0" is what the client says when no daemon answers.
    if not found or not float(found[2]):
        return None
    rules = tuple(name for points, name in CLIENT_RULE.findall(text) if float(points) > 0)
    return SpamScore(float(found[1]), float(found[2]), rules)


def _of_program(output: bytes) -> SpamScore | None:
    found = PROGRAM.search(output.decode("utf-8", "replace"))
    if not found:
        return None
    rules = tuple(name for name in re.split(r"[,\s]+", found[3]) if name and name != "none")
    return SpamScore(float(found[1]), float(found[2]), rules)
