"""Handle the mail that comes back to the letters' return path."""

import math
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletters.bounces import outgoing, reading
from newsletters.bounces.classify import Kind

# What a mail server takes as "keep the mail and try again" (EX_TEMPFAIL of sysexits.h).
TRY_AGAIN = 75
KINDS = {
    Kind.OWN: gettext_lazy("replies that came back"),
    Kind.BOUNCE: gettext_lazy("bounces"),
    Kind.NOTICE: gettext_lazy("notices of delay or success"),
    Kind.COMPLAINT: gettext_lazy("complaints"),
    Kind.UNSUBSCRIBE: gettext_lazy("unsubscriptions"),
    Kind.AUTO_REPLY: gettext_lazy("automatic replies"),
    Kind.REPLY: gettext_lazy("replies"),
    Kind.UNKNOWN: gettext_lazy("not recognised"),
    Kind.DUPLICATE: gettext_lazy("handled before"),
}


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
        self.stdout.write(_summary(tally, sent, outgoing.number_waiting()))
        if tally.left:
            text = ngettext(
                "%(number)s mail is left for the next run.",
                "%(number)s mails are left for the next run.",
                tally.left,
            )
            raise CommandError(text % {"number": tally.left}, returncode=TRY_AGAIN)

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
            raise CommandError(_("BOUNCE_MAILBOX names no mailbox; say where the mail is."))
        return reading.process_mailbox(settings.BOUNCE_MAILBOX)


def _summary(tally: reading.Tally, sent: int, waiting: int) -> str:
    """Say how many mails of which kind were handled, and what became of the replies."""
    number = tally.kinds.total()
    handled = ngettext("%(number)s mail handled", "%(number)s mails handled", number) % {"number": number}
    if tally.kinds:
        kinds = (f"{KINDS[kind]}: {count}" for kind, count in sorted(tally.kinds.items()))
        handled += f" ({', '.join(kinds)})"
    on = ngettext("%(number)s reply sent on", "%(number)s replies sent on", sent) % {"number": sent}
    wait = ngettext("%(number)s reply waits", "%(number)s replies wait", waiting) % {"number": waiting}
    return f"{handled}; {on}, {wait}."
