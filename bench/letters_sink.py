"""A mail server that takes everything and keeps nothing, as light as can be: what is measured is the sender.

Usage: python -m bench.letters_sink PORT      (postfix's `smtp-sink` is used instead where it is installed)
"""

import asyncio
import sys

GREETING = b"220 sink ESMTP\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10240000\r\n"
END = b"\r\n.\r\n"


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.buffer = b""
        self.in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = transport
        self.transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer every command that has come whole, and every message's end."""
        self.buffer += data
        answers = []
        while (answer := self._content() if self.in_content else self._command()) is not None:
            answers.append(answer)
        if answers:
            self.transport.write(b"".join(answers))

    def _content(self) -> bytes | None:
        end = self.buffer.find(END)
        if end < 0:
            return None
        self.buffer, self.in_content = self.buffer[end + len(END) :], False
        return b"250 2.0.0 OK\r\n"

    def _command(self) -> bytes | None:
        line, found, rest = self.buffer.partition(b"\r\n")
        if not found:
            return None
        self.buffer = rest
        verb = line[:4].upper()
        if verb == b"EHLO":
            return EHLO
        if verb == b"DATA":
            self.in_content = True
            return b"354 End data with <CR><LF>.<CR><LF>\r\n"
        if verb == b"QUIT":
            return b"221 2.0.0 Bye\r\n"
        return b"250 2.0.0 OK\r\n"


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", port, backlog=100)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
