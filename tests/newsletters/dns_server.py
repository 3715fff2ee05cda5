"""A real name server in a thread that answers from a table, over UDP and TCP."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

# What fits into an answer over UDP here; longer ones are asked for again over TCP.
UDP_BYTES = 512


class NameServer:
    """Records by (name, type), e.g. {("example.no", "TXT"): ['"v=spf1 -all"']}; and what was asked."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.over_tcp = 0
        self.is_silent = False
        self.address = ""

    def answer(self, wire: bytes) -> dns.message.Message:
        """Return the answer to one question."""
        question = dns.message.from_wire(wire)
        name, kind = question.question[0].name, dns.rdatatype.to_text(question.question[0].rdtype)
        key = (name.to_text(omit_final_dot=True), kind)
        self.asked.append(key)
        answer = dns.message.make_response(question)
        if key in self.records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *self.records[key]))
        elif not any(known == key[0] for known, _kind in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@contextmanager
def running_name_server() -> Iterator[NameServer]:
    """Serve on a free port of this machine until the block ends."""
    names = NameServer()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self):
            if names.is_silent:
                return
            answer = names.answer(self.request[0])
            wire = answer.to_wire()
            if len(wire) > UDP_BYTES:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
                wire = answer.to_wire()
            self.request[1].sendto(wire, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self):
            (size,) = struct.unpack("!H", self.rfile.read(2))
            wire = names.answer(self.rfile.read(size)).to_wire()
            names.over_tcp += 1
            with suppress(OSError):
                self.wfile.write(struct.pack("!H", len(wire)) + wire)

    with ExitStack() as servers:
        for server in map(servers.enter_context, _same_port(Udp, Tcp)):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            servers.callback(server.shutdown)
            names.address = f"127.0.0.1:{server.server_address[1]}"
        yield names


def _same_port(udp, tcp) -> list[socketserver.BaseServer]:
    """Return a server of each kind on one port; a port that is free for one may be taken for the other."""
    while True:
        first = socketserver.ThreadingUDPServer(("127.0.0.1", 0), udp)
        try:
            return [first, socketserver.ThreadingTCPServer(first.server_address, tcp)]
        except OSError:
            first.server_close()
