"""The demo's worker: Celery's own, which leaves at once when it is told to stop and has nothing at hand.

Usage: python -m demo.services.worker ARGUMENTS OF celery …

Celery looks for mail in a queue of files every two seconds, and for the signal to stop in between; whoever presses
Ctrl-C would wait for that. A task that runs is still finished first, the way Celery does it.
"""

import os

import billiard
from celery.__main__ import main
from celery.signals import worker_shutting_down
from celery.worker import state


@worker_shutting_down.connect
def leave_when_idle(**kwargs: object) -> None:
    """End this process and its children, unless one of them works."""
    if state.reserved_requests or state.active_requests:
        return
    for child in billiard.active_children():
        child.terminate()
    os._exit(0)


if __name__ == "__main__":
    main()
