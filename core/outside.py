"""Asking addresses outside the portal whether they answer, without letting an editor's link reach inside the network.

Every host is resolved first and only public addresses are spoken to; the connection goes to the very address that was
checked, so a name that changes its mind between the two leads nowhere. Redirects are checked in the same way. Nothing
of a page is read but its headers, no cookies are kept, and no host is asked twice in a row without a pause.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from threading import Event, Lock, Timer
from time import monotonic, sleep
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from django.conf import settings

# Seconds: for one question with its answer, for an address with all its redirects, between two questions to a host.
TIMEOUT_SECONDS, LIMIT_SECONDS, PAUSE_SECONDS = 8, 20, 0.5
MOST_REDIRECTS = 5
# Servers that know no HEAD answer it in many ways; with a limit reached (429) a second question only makes it worse.
HEAD_REFUSED = {400, 401, 403, 404, 405, 406, 410, 500, 501, 503}
# The page is there, but not for us: a log-in, a robot filter, a limit.
STILL_THERE = {"401", "402", "403", "405", "406", "408", "418", "425", "429", "451", "503", "999"}
# Nobody will get there, however often they try. Others may: browsers mend an incomplete certificate by themselves, and
# carry the cookie for want of which a site sends us round in a circle.
DEAD = {"404", "410", "host", "address", "private"}
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Refused(Exception):
    """The address must not be asked, or leads nowhere; the code of `problem_of`."""


class Pace:
    """Gives each host's questions their time, in this process."""

    def __init__(self, clock: Callable[[], float] = monotonic, wait: Callable[[float], None] = sleep) -> None:
        self._clock, self._wait = clock, wait
        self._lock = Lock()
        self._next: dict[str, float] = {}

    def take_turn(self, host: str) -> None:
        """Wait until the host may be asked again."""
        with self._lock:
            now = self._clock()
            self._next = {name: moment for name, moment in self._next.items() if moment > now}
            mine = self._next.get(host, now)
            self._next[host] = mine + PAUSE_SECONDS
        if mine > now:
            self._wait(mine - now)


pace = Pace()


def problem_of(url: str, *, allowed: Collection[str] = ()) -> str:
    """Return what is wrong with an outside address as a short code, or an empty string when it answers.

    Codes: "address" (not http or https), "private" (a host inside a network), "host" (the name is unknown),
    "timeout", "certificate", "connection", "redirects" (a circle), or the HTTP status.
    `allowed` names addresses inside the network that may be spoken to all the same: those of a test's own server.
    """
    question = _Question(url, allowed)
    try:
        status = question.ask("HEAD")
        if status in HEAD_REFUSED:
            status = question.ask("GET")
    except Refused as error:
        return str(error)
    except TimeoutError:
        return "timeout"
    except ssl.SSLCertVerificationError:
        return "certificate"
    except (OSError, http.client.HTTPException, ValueError):
        return "connection"
    return "" if status < 400 else str(status)


def is_dead(problem: str) -> bool:
    """Whether a code of `problem_of` means that readers get nowhere; other codes only say that we were not let in."""
    return problem in DEAD


def public_address(host: str, port: int, allowed: Collection[str] = ()) -> str:
    """Return an address of the host that lies on the public internet. Raises Refused; OSError: DNS is away."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise
        raise Refused("host") from error
    except UnicodeError as error:
        raise Refused("host") from error
    addresses = [str(row[4][0]) for row in found]
    # One private address is enough to refuse: the name is meant for a network inside.
    if not all(address in allowed or _is_public(address) for address in addresses):
        raise Refused("private")
    return addresses[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # What such an address leads to is the IPv4 address inside it.
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if ip in NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inside or ip
    return ip.is_global and not ip.is_multicast


class _Question:
    """One address, asked as often as it takes within the time it has."""

    def __init__(self, url: str, allowed: Collection[str]) -> None:
        self.url, self.allowed = url, allowed
        self.left = float(LIMIT_SECONDS)

    def ask(self, method: str) -> int:
        """Return the status at the end of the redirects."""
        url = self.url
        for _step in range(MOST_REDIRECTS + 1):
            status, target = self._step(method, url)
            if status not in (301, 302, 303, 307, 308) or not target:
                return status
            url = urljoin(url, target)
        raise Refused("redirects")

    def _step(self, method: str, url: str) -> tuple[int, str]:
        parts, host, port = _read(url)
        pace.take_turn(host)
        began = monotonic()
        try:
            return self._talk(method, parts, host, port)
        finally:
            self.left -= monotonic() - began

    def _talk(self, method: str, parts: SplitResult, host: str, port: int) -> tuple[int, str]:
        seconds = min(TIMEOUT_SECONDS, self.left)
        if seconds <= 0:
            raise TimeoutError
        address = public_address(host, port, self.allowed)
        with (
            socket.create_connection((address, port), timeout=seconds) as plain,
            _limited(plain, seconds),
            _encrypted(plain, host) if parts.scheme == "https" else nullcontext(plain) as encrypted,
        ):
            connection = http.client.HTTPConnection(host, port)
            connection.sock = encrypted
            connection.request(method, _path(parts), headers=_headers(host, parts.port))
            with closing(connection.getresponse()) as response:
                target = response.headers.get("Location", "")
                # Letters beyond ASCII come as UTF-8, but headers are read as Latin 1.
                return response.status, target.encode("latin-1", "replace").decode("utf-8", "replace")


def _read(url: str) -> tuple[SplitResult, str, int]:
    """Return an address in its parts, with the host as DNS knows it, and the port. Raises Refused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:
        raise Refused("address") from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Refused("address")
    return parts, host, port or (443 if parts.scheme == "https" else 80)


@contextmanager
def _limited(connected: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up when the time is over: a socket's own limit starts anew with every byte. Raises TimeoutError then."""
    # A handle of its own: encrypting takes the first one away.
    handle = connected.dup()
    is_late = Event()

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _encrypted(plain: socket.socket, host: str) -> ssl.SSLSocket:
    """Speak TLS, whose certificate must be the host's."""
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _path(parts: SplitResult) -> str:
    """Return path and query as they may stand in a request, as browsers write them."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(path, safe="/?:@!$&'()*+,;=%-._~[]")


def _headers(host: str, port: int | None) -> dict[str, str]:
    named = f"[{host}]" if ":" in host else host
    return {
        "Host": named if port is None else f"{named}:{port}",
        "User-Agent": f"Mozilla/5.0 (compatible; portal-lenkesjekk; +{settings.SITE_URL})",
        "Accept": "*/*",
        "Connection": "close",
    }
