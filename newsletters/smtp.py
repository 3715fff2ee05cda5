"""One kept-open SMTP connection that sends prepared messages, and says exactly how each one ended."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.conf import settings

CLOSING_DOT = b".\r\n"
ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Words by which servers refuse the letter and not the address, where they give no 5.7.x.
POLICY_WORDS = re.compile(
    r"spam|polic(y|ies)|block(ed|list)|black-?list|reputation|dmarc|\bspf\b|dkim|relay|not authori[sz]ed|access denied",
    re.IGNORECASE,
)
# The receiving side gets a fresh connection after so many messages, so that a relay can spread its load.
MESSAGES_PER_CONNECTION = 500
SERVICE_CLOSES = 421


class Outcome(Enum):
    """How one message ended."""

    SENT = "sent"
    TEMPORARY = "temporary"  # refused for now, or the connection broke before the message was handed over
    HARD_BOUNCE = "hard_bounce"  # the address does not exist
    POLICY = "policy"  # the letter or its sender is refused, not the address
    FAILED = "failed"  # refused for good for another reason
    UNCERTAIN = "uncertain"  # handed over, but the answer never came
    UNREACHABLE = "unreachable"  # no connection to the mail server at all


class Stage(Enum):
    """Which command was answered."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"


@dataclass(frozen=True)
class Reply:
    """The server's answer to one message."""

    outcome: Outcome
    code: int | None = None
    text: str = ""


def classify(stage: Stage, code: int, text: str) -> Outcome:
    """Tell a server's refusal apart: of the address, of the letter, for now, or for another reason."""
    if 200 <= code < 400:
        return Outcome.SENT
    if code < 500:
        return Outcome.TEMPORARY
    found = ENHANCED.search(text)
    subject, detail = (found.group(2), found.group(3)) if found else ("", "")
    about_the_sender = stage is Stage.MAIL or (subject == "1" and detail in {"7", "8"})
    if subject == "7" or about_the_sender or (not found and POLICY_WORDS.search(text)):
        return Outcome.POLICY
    if subject == "1" or (stage is Stage.RCPT and code == 550):
        return Outcome.HARD_BOUNCE
    if code == 554 and not found:
        return Outcome.POLICY
    return Outcome.FAILED


def open_connection() -> smtplib.SMTP:
    """Connect and log in as EMAIL_URL says; raises OSError or smtplib.SMTPException."""
    # Python's own default for mail asks for no certificate.
    trusted = ssl.create_default_context()
    where, patience = (settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT
    connection: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        connection = smtplib.SMTP_SSL(*where, timeout=patience, context=trusted)
    else:
        connection = smtplib.SMTP(*where, timeout=patience)
    try:
        if settings.EMAIL_USE_TLS:
            connection.starttls(context=trusted)
        if settings.EMAIL_HOST_USER:
            connection.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        connection.ehlo_or_helo_if_needed()
    except BaseException:
        connection.close()
        raise
    return connection


class Transport:
    """Sends prepared messages one after another; opens the connection when needed and again after it broke."""

    def __init__(self, connect: Callable[[], smtplib.SMTP] = open_connection) -> None:
        self._connect = connect
        self._connection: smtplib.SMTP | None = None
        self._sent = 0

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; a server that is gone already is no error."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
        self._connection = None

    def send(self, sender: str, receiver: str, message: bytes) -> Reply:
        """Send one message, given as DATA takes it. Never raises for what a server or a network does."""
        if self._sent >= MESSAGES_PER_CONNECTION:
            self.close()
        if self._connection is None:
            try:
                self._connection, self._sent = self._connect(), 0
            except smtplib.SMTPResponseException as error:
                return Reply(Outcome.UNREACHABLE, error.smtp_code, _text(error.smtp_error))
            except (OSError, smtplib.SMTPException) as error:
                return Reply(Outcome.UNREACHABLE, None, str(error) or type(error).__name__)
        self._sent += 1
        return self._conversation(sender, receiver, message)

    def _conversation(self, sender: str, receiver: str, message: bytes) -> Reply:
        handed_over = False
        try:
            reply = self._envelope(sender, receiver)
            refused = reply is not None
            if reply is None:
                handed_over = True
                self._connection.sock.sendall(message + CLOSING_DOT)
                reply = _judge(Stage.CONTENT, *self._connection.getreply())
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            why = str(error) or type(error).__name__
            return Reply(Outcome.UNCERTAIN if handed_over else Outcome.TEMPORARY, None, why)
        if reply.code == SERVICE_CLOSES:
            self._drop()
        elif refused:
            self._reset()
        return reply

    def _reset(self) -> None:
        """End the refused transaction; what broke here breaks nothing that was answered before."""
        try:
            self._connection.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _envelope(self, sender: str, receiver: str) -> Reply | None:
        """Give sender and receiver and ask to send; return the refusal, or None when the content may follow."""
        commands = [
            (Stage.MAIL, f"MAIL FROM:<{sender}>\r\n".encode("ascii")),
            (Stage.RCPT, f"RCPT TO:<{receiver}>\r\n".encode("ascii")),
            (Stage.DATA, b"DATA\r\n"),
        ]
        if self._connection.has_extn("pipelining"):
            return self._pipelined(commands)
        for stage, command in commands:
            self._connection.sock.sendall(command)
            reply = _judge(stage, *self._connection.getreply())
            if reply.outcome is not Outcome.SENT:
                return reply
        return None

    def _pipelined(self, commands: list[tuple[Stage, bytes]]) -> Reply | None:
        self._connection.sock.sendall(b"".join(command for _, command in commands))
        replies = [_judge(stage, *self._connection.getreply()) for stage, _ in commands]
        refused = next((reply for reply in replies if reply.outcome is not Outcome.SENT), None)
        if refused and replies[-1].code == 354:
            # The server waits for content although nobody takes it (RFC 2920, 3.1): give it none.
            self._connection.sock.sendall(CLOSING_DOT)
            self._connection.getreply()
        return refused

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def without_addresses(text: str) -> str:
    """Return a server's answer without the addresses in it, for logs and for what outlives the receiver."""
    return ADDRESS.sub("…", text)


def _judge(stage: Stage, code: int, answer: bytes) -> Reply:
    if code == -1:
        raise smtplib.SMTPServerDisconnected("The answer was not SMTP.")
    text = _text(answer)
    return Reply(classify(stage, code, text), code, text)


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:500]
