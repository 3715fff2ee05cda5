"""Asking DNS; each question once."""

from collections.abc import Sequence
from ipaddress import ip_address

import dns.exception
import dns.resolver
from dns.nameserver import Do53Nameserver

LIFETIME_SECONDS = 6


class NoAnswer(Exception):
    """The name server did not answer; nothing is known."""


class Resolver:
    """Asks the given name servers ("192.0.2.1" or "192.0.2.1:53"), else those of this machine."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        self._resolver.lifetime = LIFETIME_SECONDS
        self._known: dict[tuple[str, str], list] = {}
        if servers:
            self._resolver.nameservers = [_server(server) for server in servers]

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each joined from its strings. Raises NoAnswer."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> list[str]:
        """Return the hosts that take mail for a domain, the preferred first; [""]: it takes none. Raises NoAnswer."""
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True).rstrip(".") for record in records]

    def has_address(self, name: str) -> bool:
        """Whether a host has an address. Raises NoAnswer."""
        return bool(self._ask(name, "A") or self._ask(name, "AAAA"))

    def _ask(self, name: str, kind: str) -> list:
        key = (name.lower().rstrip("."), kind)
        if key not in self._known:
            self._known[key] = self._look_up(name, kind)
        return self._known[key]

    def _look_up(self, name: str, kind: str) -> list:
        try:
            return list(self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False))
        except (dns.resolver.NXDOMAIN, dns.name.EmptyLabel, dns.name.LabelTooLong, dns.name.NameTooLong):
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer(f"{name} ({kind}): {error}") from error


def _server(written: str) -> Do53Nameserver:
    """Read a name server's address, with or without a port; ValueError when it is no IP address."""
    host, _, port = written.rpartition(":") if written.count(":") == 1 else (written, "", "53")
    return Do53Nameserver(str(ip_address(host)), int(port))
