"""Say whether this container does its work; the exit code is the answer.

Usage: python scripts/healthcheck.py [live|ready|beat]

`live` and `ready` ask the web server, and `ready` prints what it told; `beat` looks whether the scheduler still
writes its schedule.
"""

import http.client
import os
import sys
import time
from pathlib import Path

LONGEST_ANSWER = 5000  # letters
OLDEST_SCHEDULE = 600  # seconds; Celery writes the file every three minutes


def main() -> None:
    """Exit with 0 when all is well, with a sentence otherwise."""
    which = sys.argv[1] if len(sys.argv) > 1 else "live"
    problem = beat() if which == "beat" else web(which)
    sys.exit(problem or 0)


def web(which: str) -> str:
    """Ask the web server on this machine."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
        # Behind a proxy the portal redirects plain HTTP; this request never leaves the machine.
        connection.request(
            "GET", f"/healthz/{which}", headers={"X-Forwarded-Proto": "https", "Host": "localhost"}
        )
        response = connection.getresponse()
        status, told = response.status, response.read(LONGEST_ANSWER).decode(errors="replace")
    except OSError as error:
        return f"The web server does not answer: {error}"
    if which == "ready":
        print(told)
    return "" if status == http.client.OK else f"The web server answered {status}."


def beat() -> str:
    """Look at the age of the scheduler's file."""
    files = list(Path(os.environ.get("VAR_DIR") or "var").glob("beat-schedule*"))
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    return "" if time.time() - newest < OLDEST_SCHEDULE else "The scheduler has stopped writing its schedule."


if __name__ == "__main__":
    main()
