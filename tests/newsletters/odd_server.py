"""A mail server that keeps to SMTP up to one step, and there does something odd: trickles, floods, hangs up …"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

GREETING, READING, CONTENT = "greeting", "reading", "content"
# What it says to each command, and after the content.
ANSWERS = {
    GREETING: b"220 odd.example\r\n",
    "EHLO": b"250 odd.example\r\n",
    "MAIL": b"250 2.1.0 OK\r\n",
    "RCPT": b"250 2.1.5 OK\r\n",
    "DATA": b"354 Go on\r\n",
    CONTENT: b"250 2.0.0 Taken\r\n",
    "RSET": b"250 OK\r\n",
    "QUIT": b"221 Bye\r\n",
}
END = b"\r\n.\r\n"
# A test whose promise is broken ends after so long (seconds).
PATIENCE = 20


@dataclass
class OddServer:
    """How the server behaves, and what it got."""

    port: int
    answers: dict[str, bytes]
    # At which step it does what; `READING` stands for the letter on its way.
    oddities: dict[str, Callable[["OddServer", socket.socket], None]]
    tls: ssl.SSLContext | None = None
    # What came before each answer, and the content as far as it came.
    heard: list[bytes] = field(default_factory=list)
    content: bytes = b""
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    # Nobody is at the other end any more.
    is_left: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Serve one connection after another."""
        with contextlib.suppress(OSError):
            while True:
                accepted, _address = listener.accept()
                self.connections += 1
                with contextlib.suppress(OSError), accepted:
                    self._converse(self.tls.wrap_socket(accepted, server_side=True) if self.tls else accepted)
                self.is_left.set()

    def _converse(self, client: socket.socket) -> None:
        self._answer(client, GREETING)
        while heard := client.recv(4096):
            self.heard.append(heard)
            for line in heard.splitlines():
                step = line[:4].decode("latin-1").upper()
                self._answer(client, step)
                if step == "DATA" and self.answers["DATA"].startswith(b"354"):
                    self._read_content(client)
                    self._answer(client, CONTENT)

    def _read_content(self, client: socket.socket) -> None:
        if odd := self.oddities.get(READING):
            odd(self, client)
        while not (self.content.endswith(END) or self.content == END[2:]):
            got = client.recv(65536)
            if not got:
                raise ConnectionError
            self.content += got

    def _answer(self, client: socket.socket, step: str) -> None:
        if odd := self.oddities.get(step):
            odd(self, client)
        else:
            client.sendall(self.answers.get(step, b"500 5.5.1 What?\r\n"))


def trickle(server: OddServer, client: socket.socket) -> None:
    """Answer without end, a byte at a time: each comes long before a socket's time is out."""
    for byte in b"250-so\r\n" * (PATIENCE * 12):
        client.sendall(bytes([byte]))
        if server.stopped.wait(0.01):
            return


def flood(server: OddServer, client: socket.socket) -> None:
    """Answer without end, as fast as it goes."""
    while not server.stopped.is_set():
        client.sendall(b"250-so\r\n" * 1000)


def be_silent(server: OddServer, client: socket.socket) -> None:
    """Answer nothing."""
    server.stopped.wait(PATIENCE)


def hang_up(server: OddServer, client: socket.socket) -> None:
    """Break the connection."""
    client.close()


def read_slowly(server: OddServer, client: socket.socket) -> None:
    """Take a little of the letter at a time."""
    for _n in range(PATIENCE * 100):
        got = client.recv(500)
        server.content += got
        if not got or END in server.content or server.stopped.wait(0.01):
            return


@contextlib.contextmanager
def odd_server(
    *, tls: ssl.SSLContext | None = None, answers: dict[str, bytes] | None = None, **oddities: Callable
) -> Iterator[OddServer]:
    """Run such a server for the time of a test; `MAIL=trickle` is what it does at MAIL."""
    with socket.socket() as listener:
        # Small, so that a letter waits in the sender's machine while it is not read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = OddServer(listener.getsockname()[1], ANSWERS | (answers or {}), oddities, tls)
        thread = threading.Thread(target=server.serve, args=[listener], daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
