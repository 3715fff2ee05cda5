"""Where the demo keeps its things. Imports nothing of Django, so that the supervisor starts at once."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def var() -> Path:
    """Return the directory for everything the demo writes."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def outbox() -> Path:
    """Return the directory where the mail sink keeps each mail as a file."""
    return var() / "outbox"


def returned() -> Path:
    """Return the Maildir where the mail sink puts what is sent to the letters' return path."""
    return var() / "returned"
