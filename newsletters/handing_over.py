"""One mail of the portal itself handed to the mail server, in the time of one letter; says how far it came.

Every error is an OSError, as those of Python's smtplib are; `refusal` says what it means for the mail.
"""

import smtplib
import socket

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from newsletters.smtp import GOODBYE_SECONDS, Outcome, Reply
from newsletters.smtp_connection import NOT_SMTP, Connection, in_words, open_connection

GO_ON = 354


class MailServerAway(ConnectionError):
    """There is no connection to the mail server, which says nothing about any mail."""


class AnswerMissing(ConnectionError):
    """The content was on its way when the connection broke: the mail may have arrived."""


class _Watched(Connection):
    """Tells a connection that broke behind DATA from one that broke before: raises AnswerMissing."""

    _has_content = False

    def send(self, s: bytes | str) -> None:
        """Send it all."""
        try:
            super().send(s)
        except OSError as error:
            self._tell_break(error)
            raise

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer; none that can be read is none."""
        try:
            code, answer = super().getreply()
            if code == -1:
                self.close()
                raise smtplib.SMTPResponseException(code, NOT_SMTP)
        except OSError as error:
            self._tell_break(error)
            raise
        self._has_content = code == GO_ON
        return code, answer

    def _tell_break(self, error: OSError) -> None:
        if self._has_content:
            raise AnswerMissing(in_words(error)) from error
        if isinstance(error, smtplib.SMTPResponseException):
            # No answer of the server's: smtplib's own code for what it cannot read must refuse no mail.
            raise smtplib.SMTPServerDisconnected(in_words(error)) from error


def hand_over(mail: EmailMessage) -> None:
    """Send it, in LETTER_MESSAGE_SECONDS from connecting to the last answer.

    Raises MailServerAway, AnswerMissing, and smtplib's errors.
    """
    mail.connection = backend = get_connection()
    if not isinstance(backend, EmailBackend):
        mail.send()  # a backend that keeps or prints mails
        return
    try:
        connection = backend.connection = open_connection(_Watched)
    except OSError as error:
        raise MailServerAway(in_words(error)) from error
    try:
        mail.send()
    finally:
        _say_goodbye(connection)


def _say_goodbye(connection: Connection) -> None:
    """Whatever comes of it: how the mail ended is known."""
    connection.begin(GOODBYE_SECONDS)
    try:
        connection.quit()
    except OSError:
        connection.close()


def refusal(error: OSError) -> Reply:
    """Say how a mail ended that could not be handed over.

    Only a code of 500 or more ends it; where all receivers are refused, and one of them for now, all are tried again.
    """
    answer: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = min(error.recipients.values(), key=lambda refused: refused[0])
    elif isinstance(error, smtplib.SMTPResponseException):
        code, answer = error.smtp_code, error.smtp_error
    elif isinstance(error, AnswerMissing):
        return Reply(Outcome.UNCERTAIN, None, str(error))
    elif isinstance(error, MailServerAway):
        return Reply(Outcome.UNREACHABLE, None, str(error))
    else:
        is_away = isinstance(error, ConnectionRefusedError | socket.gaierror)
        return Reply(Outcome.UNREACHABLE if is_away else Outcome.TEMPORARY, None, in_words(error))
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return Reply(Outcome.FAILED if code >= 500 else Outcome.TEMPORARY, code, text)
