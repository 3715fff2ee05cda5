"""One kept-open SMTP connection that sends prepared messages, and says exactly how each one ended."""

import logging
import re
import smtplib
from dataclasses import dataclass
from enum import Enum

from django.conf import settings

from newsletters.smtp_connection import Connection, in_words, open_connection

logger = logging.getLogger(__name__)

CLOSING_DOT = b".\r\n"
ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
FULL = ("2", "2")
# What the system or its policy says for now: a greylist, a full disk, a sender not believed.
NOT_THE_ADDRESS = re.compile(r"\b4\.(?:[37]\.\d{1,3}|1\.[78])\b")
# Words by which servers refuse the letter and not the address, where they give no 5.7.x.
POLICY_WORDS = re.compile(
    r"spam|polic(y|ies)|block(ed|list)|black-?list|reputation|dmarc|\bspf\b|dkim|relay|not authori[sz]ed|access denied",
    re.IGNORECASE,
)
# The receiving side gets a fresh connection after so many messages, so that a relay can spread its load.
MESSAGES_PER_CONNECTION = 500
GOODBYE_SECONDS = 5
SERVICE_CLOSES = 421


class Outcome(Enum):
    """How one message ended."""

    SENT = "sent"
    TEMPORARY = "temporary"  # refused for now, or the connection broke before the message was handed over
    HARD_BOUNCE = "hard_bounce"  # the address does not exist
    FULL = "full"  # the mailbox is full: a refusal that says nothing about the next letter
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
    """The server's answer to one message. Without a code, the text is the portal's own, in English."""

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
    if (subject, detail) == FULL:
        return Outcome.FULL
    if subject == "1" or (stage is Stage.RCPT and code == 550):
        return Outcome.HARD_BOUNCE
    if code == 554 and not found:
        return Outcome.POLICY
    return Outcome.FAILED


def is_soft(reply: Reply) -> bool:
    """Whether a refusal with which one gives up counts against the address: three such letters in a row end it."""
    if reply.outcome is Outcome.FULL:
        return True
    was_answered = reply.outcome is Outcome.TEMPORARY and reply.code not in (None, SERVICE_CLOSES)
    return was_answered and not NOT_THE_ADDRESS.search(reply.text)


class Transport:
    """Sends prepared messages one after another; opens the connection when needed and again after it broke.

    A message has LETTER_MESSAGE_SECONDS for everything, from connecting to the last answer.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._sent = 0

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye; a server that is gone already is no error."""
        if self._connection is not None:
            self._connection.begin(GOODBYE_SECONDS)
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
                self._connection, self._sent = open_connection(), 0
            except (OSError, smtplib.SMTPException) as error:
                return _not_connected(error)
        else:
            self._connection.begin(settings.LETTER_MESSAGE_SECONDS)
        self._sent += 1
        return self._conversation(sender, receiver, message)

    def _conversation(self, sender: str, receiver: str, message: bytes) -> Reply:
        handed_over = False
        try:
            reply = self._envelope(sender, receiver)
            refused = reply is not None
            if reply is None:
                handed_over = True
                self._connection.send(message + CLOSING_DOT)
                reply = _judge(Stage.CONTENT, *self._connection.getreply())
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            logger.warning("A message was not answered: %s", technical(error))
            return Reply(Outcome.UNCERTAIN if handed_over else Outcome.TEMPORARY, None, in_words(error))
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
            self._connection.send(command)
            reply = _judge(stage, *self._connection.getreply())
            if reply.outcome is not Outcome.SENT:
                return reply
        return None

    def _pipelined(self, commands: list[tuple[Stage, bytes]]) -> Reply | None:
        self._connection.send(b"".join(command for _, command in commands))
        replies = [_judge(stage, *self._connection.getreply()) for stage, _ in commands]
        refused = next((reply for reply in replies if reply.outcome is not Outcome.SENT), None)
        if refused and replies[-1].code == 354:
            # The server waits for content although nobody takes it (RFC 2920, 3.1): give it none.
            self._connection.send(CLOSING_DOT)
            self._connection.getreply()
        return refused

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def technical(error: Exception) -> str:
    """Return what the library says about an error, for the log."""
    return without_addresses(f"{type(error).__name__}: {error}")


def without_addresses(text: str) -> str:
    """Return a server's answer without the addresses in it, for logs and for what outlives the receiver."""
    return ADDRESS.sub("…", text)


def _not_connected(error: Exception) -> Reply:
    """Say why there is no connection: in the server's words where it gave any, but for a refused log-in."""
    logger.warning("No connection to the mail server: %s", technical(error))
    spoke = isinstance(error, smtplib.SMTPResponseException) and isinstance(error.smtp_error, bytes)
    if spoke and error.smtp_code > 0 and not isinstance(error, smtplib.SMTPAuthenticationError):
        return Reply(Outcome.UNREACHABLE, error.smtp_code, _text(error.smtp_error))
    return Reply(Outcome.UNREACHABLE, None, in_words(error))


def _judge(stage: Stage, code: int, answer: bytes) -> Reply:
    if code == -1:
        raise smtplib.SMTPResponseException(code, answer)
    text = _text(answer)
    return Reply(classify(stage, code, text), code, text)


def _text(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:500]
