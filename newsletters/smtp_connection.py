"""The connection to the mail server: one deadline over all that is said on it, and plain words for what broke."""

import io
import smtplib
import socket
import ssl
import struct
import time
from functools import cache

from django.conf import settings
from django.utils.translation import gettext_noop

# No server has more to say to one command (bytes); a flood would keep a worker busy and fill its memory.
LONGEST_ANSWER = 64 * 1024
# Closing throws away what has not left the machine yet, or lets it leave.
AT_ONCE, IN_PEACE = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)

# Rows keep these sentences in English; whoever looks at them reads them in their own language.
NO_ANSWER = gettext_noop("The mail server did not answer in time.")
REFUSED = gettext_noop("The mail server does not answer: the connection was refused.")
BROKEN = gettext_noop("The connection to the mail server broke.")
NOT_FOUND = gettext_noop("The mail server's name was not found.")
NOT_TRUSTED = gettext_noop("The mail server's certificate is not trusted.")
NOT_ENCRYPTED = gettext_noop("No encrypted connection to the mail server came about.")
NOT_LOGGED_IN = gettext_noop("The mail server refused the log-in.")
NOT_OFFERED = gettext_noop("The mail server does not offer the encryption or the log-in that is set up.")
NOT_SMTP = gettext_noop("The mail server's answer could not be understood.")
NOT_REACHED = gettext_noop("The mail server could not be reached.")
# The first that fits counts.
SENTENCES: list[tuple[type[Exception], str]] = [
    (TimeoutError, NO_ANSWER),
    (ConnectionRefusedError, REFUSED),
    (socket.gaierror, NOT_FOUND),
    (ssl.SSLCertVerificationError, NOT_TRUSTED),
    (ssl.SSLEOFError, BROKEN),
    (ssl.SSLZeroReturnError, BROKEN),
    (ssl.SSLError, NOT_ENCRYPTED),
    (smtplib.SMTPServerDisconnected, BROKEN),
    (ConnectionError, BROKEN),
    (smtplib.SMTPAuthenticationError, NOT_LOGGED_IN),
    (smtplib.SMTPResponseException, NOT_SMTP),
    (smtplib.SMTPException, NOT_OFFERED),
]


def in_words(error: Exception) -> str:
    """Say what broke; what the library says about it belongs in the log."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        error = error.__context__  # smtplib calls every broken connection that
    return next((sentence for kind, sentence in SENTENCES if isinstance(error, kind)), NOT_REACHED)


class Connection(smtplib.SMTP):
    """smtplib's, with one deadline over everything until `begin` sets the next one.

    A socket's own time-out starts anew with every byte: a server that trickles would hold a worker for ever. Raises
    what smtplib raises, and TimeoutError.
    """

    def __init__(self, host: str, port: int, seconds: float, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.begin(seconds)
        super().__init__(host, port, timeout=settings.EMAIL_TIMEOUT)

    def begin(self, seconds: float) -> None:
        """Give what comes now so many seconds in all."""
        self._deadline = time.monotonic() + seconds

    def left(self) -> float:
        """Return how long the next step may take; TimeoutError when the time is over."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for one message is over")
        return min(left, self.timeout)

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: tuple | None = None
    ) -> tuple[int, bytes]:
        """Reach the host, encrypted if it shall be from the start, and read the greeting."""
        self.sock, self.file = self._reach(host, port), None
        # A letter given up must not go on leaving: its row is offered again.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        if self._tls:
            self.sock.settimeout(self.left())
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)
        return self.getreply()

    def _reach(self, host: str, port: int) -> socket.socket:
        """Connect to the first of the host's addresses that answers."""
        problem = OSError(f"{host} has no address")
        for *_kind, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            try:
                return socket.create_connection((str(address[0]), port), self.left())
            except OSError as error:
                problem = error
        raise problem

    def send(self, s: bytes | str) -> None:
        """Send it all, in what is left of the time."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        rest = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        try:
            while rest:
                self.sock.settimeout(self.left())
                rest = rest[self.sock.send(rest) :]
        except OSError:
            self.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, in what is left of the time."""
        if self.file is None:
            self.file = io.BufferedReader(_Incoming(self))
        self.file.raw.room = LONGEST_ANSWER
        return super().getreply()

    def docmd(self, cmd: str, args: str = "") -> tuple[int, bytes]:
        """Give a command and read its answer. After STARTTLS, smtplib goes on with the socket as it is left here."""
        answer = super().docmd(cmd, args)
        self.sock.settimeout(self.left())
        return answer

    def quit(self) -> tuple[int, bytes]:
        """Say goodbye."""
        if self.sock is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, IN_PEACE)
        return super().quit()


class _Incoming(io.RawIOBase):
    """What comes from the server; every look at it has what is left of the time, and `room` for so many bytes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self.room = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        if self.room <= 0:
            raise ConnectionAbortedError("the answer is too long")
        self._connection.sock.settimeout(self._connection.left())
        number = self._connection.sock.recv_into(buffer)
        self.room -= number
        return number


@cache
def _trusted() -> ssl.SSLContext:
    """Return what asks for a certificate, as Python's own default for mail does not. Reading it takes 20 ms."""
    return ssl.create_default_context()


def open_connection(kind: type[Connection] = Connection) -> Connection:
    """Connect and log in as EMAIL_URL says, in the time of one message; raises OSError or smtplib.SMTPException."""
    host, port, seconds = (
        str(settings.EMAIL_HOST),
        int(str(settings.EMAIL_PORT)),
        settings.LETTER_MESSAGE_SECONDS,
    )
    connection = kind(host, port, seconds, _trusted() if settings.EMAIL_USE_SSL else None)
    try:
        if settings.EMAIL_USE_TLS:
            connection.starttls(context=_trusted())
        if settings.EMAIL_HOST_USER:
            connection.login(str(settings.EMAIL_HOST_USER), str(settings.EMAIL_HOST_PASSWORD))
        connection.ehlo_or_helo_if_needed()
    except BaseException:
        connection.close()
        raise
    return connection
