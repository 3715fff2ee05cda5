"""Asking addresses outside the portal whether they answer, without letting an editor's link reach inside the network.

Every host is resolved first and only public addresses are spoken to; the connection goes to the very address that was
checked, so a name that changes its mind between the two leads nowhere. Redirects are checked in the same way.
"""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urljoin, urlsplit

TIMEOUT_SECONDS = 8
MOST_REDIRECTS = 5
AGENT = "Mozilla/5.0 (compatible; portal-lenkesjekk)"
# Answers that say "ask in another way" rather than "gone".
HEAD_REFUSED = {400, 403, 404, 405, 406, 429, 500, 501, 503}
# The page is there, but not for us: a log-in, a robot filter, a limit.
STILL_THERE = {401, 402, 403, 405, 406, 408, 418, 429, 451, 503, 999}


class Refused(Exception):
    """The address must not be asked."""


def problem_of(url: str, methods: tuple[str, ...] = ("HEAD", "GET")) -> str:
    """Return what is wrong with an outside address as a short code, or an empty string when it answers.

    `methods` are tried in turn where a server refuses the first; ("GET",) asks once only.
    Codes: "address" (not http or https), "private" (a host inside a network), "host" (the name is unknown),
    "timeout", "certificate", "connection", "redirects" (a circle), or the HTTP status.
    """
    try:
        for method in methods:
            status = _follow(method, url)
            if status < 400 or status in STILL_THERE - HEAD_REFUSED:
                return ""
            if method == "GET":
                return "" if status in STILL_THERE else str(status)
            if status not in HEAD_REFUSED:
                return str(status)
    except Refused as error:
        return str(error)
    except TimeoutError:
        return "timeout"
    except ssl.SSLError:
        return "certificate"
    except (OSError, http.client.HTTPException, ValueError):
        return "connection"
    return ""


def public_address(host: str, port: int) -> str:
    """Return an address of the host that lies on the public internet. Raises Refused when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Refused("host") from error
    addresses = [str(row[4][0]) for row in found]
    for address in addresses:
        ip = ipaddress.ip_address(address.split("%")[0])
        mapped = getattr(ip, "ipv4_mapped", None)
        # One private address is enough to refuse: the name is meant for a network inside.
        if not (mapped or ip).is_global or ip.is_multicast:
            raise Refused("private")
    return addresses[0]


def _follow(method: str, url: str) -> int:
    for _step in range(MOST_REDIRECTS + 1):
        status, target = _ask(method, url)
        if status not in (301, 302, 303, 307, 308) or not target:
            return status
        url = urljoin(url, target)
    raise Refused("redirects")


def _ask(method: str, url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise Refused("address")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = public_address(parts.hostname, port)
    connection = _connection(parts.scheme, parts.hostname, address, port)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        connection.request(method, path, headers={"User-Agent": AGENT, "Accept": "*/*", "Host": host})
        response = connection.getresponse()
        return response.status, response.headers.get("Location", "")
    finally:
        connection.close()


def _connection(scheme: str, host: str, address: str, port: int) -> http.client.HTTPConnection:
    """Connect to the checked address, while the certificate must be the host's."""
    plain = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    if scheme == "https":
        plain = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    connection.sock = plain
    return connection
