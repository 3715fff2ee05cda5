"""Where mail is read from: a Maildir, an mbox, a file, standard input, an IMAP mailbox.

Each source hands out (bytes, done) pairs; `done` is called once the mail has been handled, and only then does the
source mark it. What could not be handled stays as it was and is read again the next time.
"""

import logging
import mailbox
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.db import DataError, InterfaceError, OperationalError

from newsletters.bounces import imap
from newsletters.bounces.classify import Kind
from newsletters.bounces.handle import handle
from newsletters.bounces.outcomes import TryLater

logger = logging.getLogger(__name__)

Waiting = tuple[bytes, Callable[[Kind], None]]


class SourceProblem(Exception):
    """The mail cannot be read from there; the text says why."""


@dataclass
class Tally:
    """What a run has done: mails by kind, and how many are left for the next run."""

    kinds: Counter = field(default_factory=Counter)
    left: int = 0

    def __str__(self) -> str:
        found = ", ".join(f"{kind.value}: {number}" for kind, number in sorted(self.kinds.items()))
        return f"{self.kinds.total()} handled ({found or 'none'}), {self.left} left"


def process(mails: Iterable[Waiting]) -> Tally:
    """Handle mails one after another. One that fails is left where it is; a database that is away ends the run."""
    tally = Tally()
    for raw, done in mails:
        try:
            kind = handle(raw)
        except TryLater as reason:
            logger.info("A mail is left for later: %s", reason)
            tally.left += 1
            continue
        except (OperationalError, InterfaceError):
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
            DataError,
        ) as error:
            # A fault of ours that this mail brings out: those behind it must not wait.
            logger.error("A mail could not be handled (%s) and is left.", type(error).__name__)
            tally.left += 1
            continue
        tally.kinds[kind] += 1
        done(kind)
    return tally


def process_mailbox(address: str) -> Tally:
    """Handle what waits in the mailbox of a setting: `maildir:/path`, `imaps://…`. Raises SourceProblem."""
    parts = urlsplit(address)
    if parts.scheme == "maildir":
        return process(maildir(Path(parts.path)))
    try:
        return process(imap.mails(address))
    except imap.FAULTS as error:
        raise SourceProblem(f"The IMAP mailbox cannot be read: {imap.in_words(error)}") from error


def maildir(path: Path) -> Iterator[Waiting]:
    """Hand out the mails of `new`; a handled one moves to `cur`, marked as seen."""
    if not ((path / "new").is_dir() and (path / "cur").is_dir()):
        raise SourceProblem(f"{path} is no Maildir: it has no folders new and cur.")
    for file in sorted((path / "new").iterdir()):
        try:
            raw = file.read_bytes()
        except (FileNotFoundError, IsADirectoryError):  # another run was faster
            continue
        yield raw, lambda _kind, file=file: _move(file, path / "cur" / f"{file.name}:2,S")


def _move(file: Path, to: Path) -> None:
    try:
        file.rename(to)
    except FileNotFoundError:  # another run has moved it
        pass


def mbox(path: Path) -> Iterator[Waiting]:
    """Hand out the unread mails of an mbox under its lock; handled ones are marked as read when the run ends."""
    if not path.is_file():
        raise SourceProblem(f"There is no file {path}.")
    box = mailbox.mbox(path, create=False)
    try:
        box.lock()
    except (mailbox.ExternalClashError, OSError) as error:
        raise SourceProblem(f"{path} is in use by another program; try again.") from error
    read: list[str] = []
    try:
        for key in box.iterkeys():
            if "R" not in box.get_message(key).get_flags():
                yield box.get_bytes(key), lambda _kind, key=key: read.append(key)
    finally:
        for key in read:
            _mark_read(box, key)
        box.close()  # writes what was marked, then gives the lock back


def _mark_read(box: mailbox.mbox, key: str) -> None:
    message = box.get_message(key)
    message.set_flags("RO")
    box[key] = message


def single(raw: bytes) -> Iterator[Waiting]:
    """Hand out one mail that is at hand, from a file or standard input; where it came from is left alone."""
    if raw.strip():
        yield raw, lambda _kind: None
