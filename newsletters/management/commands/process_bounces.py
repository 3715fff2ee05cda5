"""Handle the mail that comes back to the letters' return path."""

import math
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletters.bounces import outgoing, reading

# What a mail server takes as "keep the mail and try again" (EX_TEMPFAIL of sysexits.h).
TRY_AGAIN = 75


class Command(BaseCommand):
    """Exit code 0 when all was handled; 75, so that a mail server keeps the mail, when some is left for later."""

    help = (
        "Handle bounces, complaints, unsubscriptions and replies. Without arguments the mailbox of BOUNCE_MAILBOX is "
        "read. Safe to run again: no mail is handled twice."
    )

    def add_arguments(self, parser) -> None:
        """Where the mail is."""
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--maildir", type=Path, help="a Maildir: its folder new is read, handled mails go to cur"
        )
        source.add_argument(
            "--mbox", type=Path, help="an mbox file: unread mails are read and marked as read"
        )
        source.add_argument("--file", type=Path, help="one mail in a file")
        source.add_argument(
            "stdin", nargs="?", choices=["-"], help="one mail from standard input, as Postfix pipes it"
        )

    def handle(self, *args, **options) -> None:
        """Read, handle, send replies on, tell."""
        try:
            tally = self._process(options)
        except (reading.SourceProblem, OSError) as problem:
            raise CommandError(str(problem), returncode=TRY_AGAIN) from problem
        finally:
            # Also what was stored before a source broke off: no worker may be running.
            sent = outgoing.forward_waiting(run_seconds=math.inf)
        self.stdout.write(f"{tally}; {sent} replies sent on, {outgoing.number_waiting()} wait for it")
        if tally.left:
            raise CommandError(f"{tally.left} mails are left for the next run.", returncode=TRY_AGAIN)

    def _process(self, options) -> reading.Tally:
        if options["maildir"]:
            return reading.process(reading.maildir(options["maildir"]))
        if options["mbox"]:
            return reading.process(reading.mbox(options["mbox"]))
        if options["file"]:
            return reading.process(reading.single(options["file"].read_bytes()))
        if options["stdin"]:
            return reading.process(reading.single(sys.stdin.buffer.read()))
        if settings.BOUNCE_MAILBOX in {"", "pipe:"}:
            raise CommandError("BOUNCE_MAILBOX names no mailbox; say where the mail is.")
        return reading.process_mailbox(settings.BOUNCE_MAILBOX)
