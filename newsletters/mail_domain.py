"""What DNS says about a domain that sends letters: SPF, DKIM, DMARC, and where bounces go."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.resolver
from dns.nameserver import Do53Nameserver

from newsletters.alignment import are_aligned, organisational_domain

LIFETIME_SECONDS = 6
# RFC 7208, 4.6.4: receivers give up after so many further look-ups.
SPF_LOOKUPS = 10
SPF_ASKING = ("include:", "a:", "mx:", "ptr:", "exists:", "redirect=")
# An RSA key of 2048 bits takes 294 bytes in DNS, one of 1024 bits 162.
SHORT_KEY_BYTES = 250


class NoAnswer(Exception):
    """The name server did not answer; nothing is known."""


@dataclass(frozen=True)
class Finding:
    """One finding. `level`: "missing" (mend it), "warn" (look at it) or "good"; `write`: the record as it may stand."""

    level: str
    text: str
    write: str = ""


class Resolver:
    """Asks the given name servers ("192.0.2.1" or "192.0.2.1:53"), else those of this machine."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        self._resolver.lifetime = LIFETIME_SECONDS
        if servers:
            self._resolver.nameservers = [_server(server) for server in servers]

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each joined from its strings. Raises NoAnswer."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> list[str]:
        """Return the hosts that take mail for a domain, the preferred first. Raises NoAnswer."""
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [
            host
            for record in records
            if (host := record.exchange.to_text(omit_final_dot=True)) not in ("", ".")
        ]

    def _ask(self, name: str, kind: str) -> list:
        try:
            return list(self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False))
        except dns.resolver.NXDOMAIN:
            return []
        except dns.exception.DNSException as error:
            raise NoAnswer(f"{name} ({kind}): {error}") from error


def _server(written: str) -> Do53Nameserver:
    """Read a name server's address, with or without a port; ValueError when it is no IP address."""
    host, _, port = written.rpartition(":") if written.count(":") == 1 else (written, "", "53")
    return Do53Nameserver(str(ip_address(host)), int(port))


def check_domain(
    domain: str, *, resolver: Resolver, selectors: Sequence[str], bounce_domain: str = ""
) -> list[Finding]:
    """Return what DNS lacks for letters from `domain` with return paths in `bounce_domain`. Raises NoAnswer."""
    # The portal's own mails return to the sender, letters to the bounce domain.
    senders = dict.fromkeys([domain, bounce_domain or domain])
    findings = [finding for name in senders for finding in _spf(name, resolver)]
    findings += [
        finding for selector in selectors for finding in _dkim(f"{selector}._domainkey.{domain}", resolver)
    ]
    if not selectors:
        findings.append(
            Finding(
                "missing",
                "DKIM could not be looked up: no selector is known. Ask whoever runs the mail relay which "
                "selector it signs with, and set DKIM_SELECTORS or use --selector.",
            )
        )
    findings += _dmarc(domain, bounce_domain, resolver)
    findings += _bounces(domain, bounce_domain, resolver)
    return findings


def _spf(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """SPF is looked up at the return path's domain."""
    records = _spf_records(domain, resolver)
    example = f'{domain}. TXT "v=spf1 include:<the relay\'s SPF name> -all"'
    if not records:
        yield Finding(
            "missing", f"SPF: {domain} says nothing about who may send for it. Name the mail relay.", example
        )
        return
    if len(records) > 1:
        yield Finding(
            "missing",
            f"SPF: {domain} has {len(records)} records; receivers then trust none. Keep one.",
            example,
        )
        return
    terms = _spf_terms(records[0])
    if "all" in terms or "?all" in terms:
        yield Finding(
            "warn", f"SPF: the record of {domain} lets anyone send. End it with -all or ~all.", example
        )
    elif not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        yield Finding("warn", f"SPF: the record of {domain} does not end with -all or ~all.", example)
    else:
        yield Finding("good", f"SPF: {records[0]}")
    if _spf_lookups(records[0], resolver) > SPF_LOOKUPS:
        yield Finding(
            "missing",
            f"SPF: the record of {domain} asks, with the records it includes, for more than {SPF_LOOKUPS} further "
            "look-ups. Receivers then give up, and it fails. Take away those that are not needed.",
        )


def _spf_records(domain: str, resolver: Resolver) -> list[str]:
    return [text for text in resolver.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _spf_terms(record: str) -> list[str]:
    return [term.lstrip("+") for term in record.lower().split()[1:]]


def _spf_lookups(record: str, resolver: Resolver) -> int:
    """Count the look-ups of a record and of those it leads to; the count ends where it has passed the limit.

    As receivers do, what is included twice counts twice, so that a circle passes the limit; DNS is asked once a name.
    """
    count, waiting, known = 0, [record], {}
    while waiting and count <= SPF_LOOKUPS:
        terms = _spf_terms(waiting.pop())
        asking = [term for term in (term.lstrip("-~?") for term in terms) if _asks(term)]
        count += len(asking)
        for term in asking:
            name = _leads_to(term)
            if name and name not in known:
                known[name] = _spf_records(name, resolver)
            waiting += known.get(name, [])[:1]
    return count


def _asks(term: str) -> bool:
    return term.split("/")[0] in ("a", "mx", "ptr") or term.startswith(SPF_ASKING)


def _leads_to(term: str) -> str:
    """Return the name whose record is read further; none where the name depends on the mail ("%{i}")."""
    if not term.startswith(("include:", "redirect=")) or "%" in term:
        return ""
    return term.removeprefix("include:").removeprefix("redirect=").rstrip(".")


def _dkim(name: str, resolver: Resolver) -> Iterator[Finding]:
    records = [tags for text in resolver.texts(name) if "p" in (tags := _tags(text))]
    example = f'{name}. TXT "v=DKIM1; k=rsa; p=<public key from the mail relay>"'
    if not records:
        yield Finding(
            "missing", f"DKIM: there is no key at {name}. Publish the mail relay's key there.", example
        )
        return
    key, kind = records[0]["p"].replace(" ", ""), records[0].get("k", "rsa")
    if not key:
        yield Finding("missing", f"DKIM: the key at {name} is empty, which means withdrawn.", example)
        return
    try:
        size = len(b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        yield Finding("missing", f"DKIM: the key at {name} is broken; it is not base64.", example)
        return
    if kind == "rsa" and size < SHORT_KEY_BYTES:
        yield Finding("warn", f"DKIM: the key at {name} is short. Make one of 2048 bits in the mail relay.")
    else:
        yield Finding("good", f"DKIM: a key stands at {name}.")


def _dmarc(domain: str, bounce_domain: str, resolver: Resolver) -> Iterator[Finding]:
    places = list(dict.fromkeys([domain, organisational_domain(domain)]))
    found = [
        _tags(text)
        for place in places
        for text in resolver.texts(f"_dmarc.{place}")
        if text.lower().replace(" ", "").startswith("v=dmarc1")
    ]
    example = f'_dmarc.{places[-1]}. TXT "v=DMARC1; p=none; rua=mailto:dmarc@{places[-1]}"'
    if not found:
        yield Finding(
            "missing",
            f"DMARC: {places[-1]} says nothing about mail that fails. Gmail and Yahoo ask it of all who send much. "
            "Begin with p=none, read the reports, then go on to p=quarantine.",
            example,
        )
        return
    policy = found[0].get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        yield Finding("missing", "DMARC: the record has no policy (p=none, quarantine or reject).", example)
    elif policy == "none":
        yield Finding(
            "warn", "DMARC: the policy is none: forged mail is only reported. Go on to p=quarantine."
        )
    else:
        yield Finding("good", f"DMARC: the policy is {policy}.")
    if "rua" not in found[0]:
        yield Finding("warn", "DMARC: no address gets the reports (rua=mailto:…).", example)
    if found[0].get("aspf") == "s" and bounce_domain and bounce_domain != domain:
        yield Finding(
            "warn",
            f"DMARC: aspf=s asks that the return path lies in {domain} itself, but BOUNCE_DOMAIN is "
            f"{bounce_domain}. DKIM alone must then pass; or write aspf=r.",
        )


def _bounces(domain: str, bounce_domain: str, resolver: Resolver) -> Iterator[Finding]:
    if not bounce_domain:
        yield Finding(
            "warn",
            "Bounces: BOUNCE_DOMAIN is not set. Letters come back to the sender's own mailbox, and nobody is told.",
        )
        return
    if not are_aligned(domain, bounce_domain):
        yield Finding(
            "warn",
            f"DMARC: {bounce_domain} (BOUNCE_DOMAIN) and {domain} are different bodies' names, so that SPF does not "
            f"count for the sender. Use a name under {organisational_domain(domain)}.",
        )
    servers = resolver.mail_servers(bounce_domain)
    if servers:
        yield Finding("good", f"Bounces: mail to {bounce_domain} goes to {', '.join(servers)}.")
    else:
        yield Finding(
            "missing",
            f"Bounces: nobody takes mail for {bounce_domain}, so that letters that come back are lost.",
            f"{bounce_domain}. MX 10 <the mail server that fills BOUNCE_MAILBOX>.",
        )


def _tags(text: str) -> dict[str, str]:
    """Return the `name=value` pairs of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
