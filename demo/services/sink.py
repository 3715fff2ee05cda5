"""The demo's mail server: takes every mail over SMTP and keeps it as a file under var/outbox.

Addresses whose local part starts with `avvist` are refused for good and those with `full` for now, so that the demo
and the tests can show what failed sending looks like. What is sent to the letters' return path is put in the Maildir
that the portal reads bounces and unsubscriptions from.
"""

import itertools
import mailbox
import os
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

REFUSED = "550 5.1.1 No such mailbox"
FULL = "452 4.2.2 Mailbox full"
MAX_BYTES = 30 * 1024 * 1024
RETURN_DOMAIN = "retur.example.no"


class Outbox:
    """Writes each mail it is handed to a file whose name sorts by the time it came."""

    def __init__(self, directory: Path, returned: Path | None = None) -> None:
        self.directory = directory
        self.counter = itertools.count()
        directory.mkdir(parents=True, exist_ok=True)
        self.returned = mailbox.Maildir(returned) if returned else None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept every recipient but those that stand for a failure."""
        if address.lower().startswith("avvist"):
            return REFUSED
        if address.lower().startswith("full"):
            return FULL
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, with the envelope in front as headers of its own."""
        returned = [to for to in envelope.rcpt_tos if to.lower().endswith(f"@{RETURN_DOMAIN}")]
        if self.returned is not None and returned:
            return self._keep_returned(envelope, returned)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self.counter):06d}.eml"
        sender = (envelope.mail_from or "").encode("ascii", "replace")
        recipients = ", ".join(envelope.rcpt_tos).encode("ascii", "replace")
        head = b"X-Envelope-From: " + sender + b"\r\nX-Envelope-To: " + recipients + b"\r\n"
        content = envelope.original_content or b""
        temporary = self.directory / f".{name}"
        temporary.write_bytes(head + content)
        temporary.replace(self.directory / name)
        return "250 Message accepted for delivery"

    def _keep_returned(self, envelope: Envelope, addresses: list[str]) -> str:
        """Deliver a mail to the return path as a mail server does, a copy for each address."""
        assert self.returned is not None
        for address in addresses:
            head = f"Return-Path: <{envelope.mail_from or ''}>\r\nDelivered-To: {address}\r\n"
            self.returned.add(head.encode("ascii", "replace") + (envelope.original_content or b""))
        return "250 Message accepted for delivery"


def start(directory: Path, port: int, host: str = "127.0.0.1", returned: Path | None = None) -> Controller:
    """Start receiving in a thread; the returned controller's `stop()` ends it.

    `returned`: the Maildir for mail to the letters' return path; without one it is kept like any other.
    """
    controller = Controller(Outbox(directory, returned), hostname=host, port=port, data_size_limit=MAX_BYTES)
    controller.start()
    return controller
