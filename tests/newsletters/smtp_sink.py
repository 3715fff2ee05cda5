"""A real SMTP server in a thread that keeps what it gets, and can refuse, delay and break off."""

import asyncio
import email
import email.policy
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

MESSAGE_ID = re.compile(rb"^Message-ID:\s+(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass
class Received:
    """One message as it came."""

    sender: str
    receiver: str
    raw: bytes
    peer_port: int = 0

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def message_id(self) -> str:
        """Its Message-ID, without parsing the rest."""
        return MESSAGE_ID.search(self.raw)[1].decode()

    def part(self, kind: str) -> str:
        """The decoded text of the part `plain` or `html`."""
        return self.message.get_body(preferencelist=(kind,)).get_content()


@dataclass
class SmtpSink:
    """What the server received and how it shall behave."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    # The answer to RCPT by the start of the address, e.g. {"borte": "550 5.1.1 No such user"}.
    refuse_receivers: dict[str, str] = field(default_factory=dict)
    # The answer to every MAIL, and to the content of every message.
    refuse_sender: str = ""
    refuse_content: str = ""
    # Break the connection when the n-th message is handed over: before it is kept, or after.
    drop_before_keeping: set[int] = field(default_factory=set)
    drop_after_keeping: set[int] = field(default_factory=set)
    # Break the n-th DATA off while the content is on its way: after "354 go ahead", before it has been read.
    drop_in_content: set[int] = field(default_factory=set)
    datas: int = 0
    delay: float = 0.0
    on_message: Callable[[Received], None] | None = None
    handed_over: int = 0

    def copies(self) -> Counter:
        """How many copies came of each Message-ID."""
        return Counter(received.message_id for received in self.received)

    def receivers(self) -> list[str]:
        """Who got something, in order."""
        return [received.receiver for received in self.received]

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname, responses):
        """Count connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address, options) -> str:
        """Take or refuse the sender."""
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address, options) -> str:
        """Take or refuse a receiver."""
        for start, answer in self.refuse_receivers.items():
            if address.startswith(start):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message, or do what the test asked for."""
        if self.delay:
            await asyncio.sleep(self.delay)
        self.handed_over += 1
        if self.handed_over in self.drop_before_keeping:
            return _broken_off(server)
        if self.refuse_content:
            return self.refuse_content
        content = envelope.original_content
        received = Received(envelope.mail_from, envelope.rcpt_tos[0], content, session.peer[1])
        self.received.append(received)
        if self.on_message:
            self.on_message(received)
        if self.handed_over in self.drop_after_keeping:
            return _broken_off(server)
        return "250 2.0.0 OK queued"


class Server(SMTP):
    """aiosmtpd's server, which can also break off in the middle of a message."""

    async def smtp_DATA(self, arg: str) -> None:
        """Take the content, or go away while it comes."""
        sink = self.event_handler
        sink.datas += 1
        if sink.datas in sink.drop_in_content:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.transport.abort()
        else:
            await super().smtp_DATA(arg)


class SinkController(Controller):
    """Runs the server above in a thread."""

    def factory(self) -> SMTP:
        """Return the server of one connection."""
        return Server(self.handler, **self.SMTP_kwargs)


def _broken_off(server: SMTP) -> str:
    server.transport.abort()
    return "421 gone"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_sink(**behaviour) -> Iterator[SmtpSink]:
    """Run a sink for the time of a test."""
    sink = SmtpSink(port=free_port(), **behaviour)
    controller = SinkController(sink, hostname="127.0.0.1", port=sink.port, data_size_limit=None)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


def smtp_address(sink: SmtpSink) -> str:
    """The sink as EMAIL_URL writes it."""
    return f"smtp://127.0.0.1:{sink.port}"
