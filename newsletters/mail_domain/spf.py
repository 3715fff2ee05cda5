"""SPF (RFC 7208) of a return path's domain: one record, whole, that names the relay and says what of the others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from django.utils.translation import gettext as _

from newsletters.mail_domain.finding import Finding, txt
from newsletters.mail_domain.resolver import Resolver

# RFC 7208, 4.6.4: receivers give up after so many further look-ups.
MOST_LOOKUPS = 10
TERM = re.compile(r"([+?~-]?)([a-z][a-z0-9_.-]*)(?:([:=/])(.*))?", re.IGNORECASE)
ASKING = {"include", "a", "mx", "ptr", "exists", "redirect"}
WITH_VALUE = {"include", "exists", "ip4", "ip6", "redirect"}


@dataclass(frozen=True)
class Term:
    """One term of a record: "-all" is ("-", "all", "")."""

    written: str
    qualifier: str
    name: str
    value: str

    @property
    def leads_to(self) -> str:
        """The name whose record is read further; none where it depends on the mail ("%{i}")."""
        is_known = self.name in ("include", "redirect") and "%" not in self.value
        return self.value.lower().rstrip(".") if is_known else ""


@dataclass
class Walk:
    """What a receiver meets that follows a record: how often it asks, and which names stop it, with why."""

    lookups: int = 0
    faults: dict[str, str] = field(default_factory=dict)


def check_spf(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """Yield what is wrong with a domain's SPF, or that it is good. Raises NoAnswer."""
    records = _records(domain, resolver)
    if len(records) != 1:
        yield _not_one(domain, records)
        return
    terms, broken = _read(records[0])
    if broken:
        text = _("SPF: %(domain)s has a record with a fault, “%(term)s”. Receivers then trust none of it.")
        yield Finding("missing", text % {"domain": domain, "term": broken[0]})
        return
    walk = _follow(records[0], resolver)
    faults = [
        *_ending(domain, records[0], terms),
        *(_dead_end(domain, records[0], terms, name, why) for name, why in walk.faults.items()),
    ]
    if walk.lookups > MOST_LOOKUPS:
        text = _(
            "SPF: the record of %(domain)s asks, with the records it includes, for more than %(most)d further "
            "look-ups. Receivers then give up, and it fails. Take away those that are not needed."
        )
        faults.append(Finding("missing", text % {"domain": domain, "most": MOST_LOOKUPS}))
    yield from faults or [Finding("good", f"SPF: {domain}: {records[0]}")]


def _not_one(domain: str, records: list[str]) -> Finding:
    example = txt(domain, f"v=spf1 {_relay()} -all")
    if records:
        text = _(
            "SPF: %(domain)s has %(count)d records; receivers then trust none. Put them together into one."
        )
        merged = dict.fromkeys(term for record in sorted(records) for term in _merged(record))
        example = txt(domain, " ".join(["v=spf1", *merged, "~all"]))
        return Finding("missing", text % {"domain": domain, "count": len(records)}, example)
    text = _("SPF: %(domain)s says nothing about who may send for it. Name the mail relay.")
    return Finding("missing", text % {"domain": domain}, example)


def _relay() -> str:
    return "include:" + _("<the relay's SPF name>")


def _merged(record: str) -> list[str]:
    return [term.written for term in _read(record)[0] if term.name != "all"]


def _ending(domain: str, record: str, terms: list[Term]) -> Iterator[Finding]:
    """Look at what the record says of everybody else."""
    ends = [term for term in terms if term.name == "all"]
    if not ends:
        if not any(term.name == "redirect" for term in terms):
            text = _("SPF: the record of %(domain)s does not end with -all or ~all.")
            yield Finding("warn", text % {"domain": domain}, txt(domain, f"{record} ~all"))
        return
    end = ends[0]
    if end.qualifier in ("+", "?"):
        text = _("SPF: the record of %(domain)s lets anyone send (%(term)s). End it with -all or ~all.")
        mended = " ".join("~all" if part == end.written else part for part in record.split())
        level = "missing" if end.qualifier == "+" else "warn"
        yield Finding(level, text % {"domain": domain, "term": end.written}, txt(domain, mended))


def _dead_end(domain: str, record: str, terms: list[Term], name: str, why: str) -> Finding:
    words = {
        "none": _("has no SPF record"),
        "several": _("has several SPF records"),
        "broken": _("has an SPF record with a fault"),
    }
    text = _(
        "SPF: the record of %(domain)s leads to %(name)s, which %(fault)s. Receivers then give up (permerror), and "
        "it fails. Is the name written right? If so, ask those who run it, or take it away."
    )
    # Of a record that another one includes, nothing can be written here.
    own = [term.written for term in terms if term.leads_to == name]
    kept = [part for part in record.split()[1:] if part not in own]
    # Somebody must be allowed to send.
    names_any = any(term.name != "all" and term.written in kept for term in terms)
    without = " ".join(["v=spf1", *([] if names_any else [_relay()]), *kept])
    return Finding(
        "missing",
        text % {"domain": domain, "name": name, "fault": words[why]},
        txt(domain, without) if own else "",
    )


def _records(domain: str, resolver: Resolver) -> list[str]:
    return [text for text in resolver.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def _read(record: str) -> tuple[list[Term], list[str]]:
    """Return the terms of a record that receivers look at, and those that nobody understands."""
    terms, broken = [], []
    for written in record.split()[1:]:
        term = _term(written)
        if term is None:
            broken.append(written)
        elif term.name:
            terms.append(term)
    ends = [place for place, term in enumerate(terms) if term.name == "all"]
    # What stands after "all" is never reached, and with it a redirect counts for nothing wherever it stands.
    if ends:
        terms = [term for term in terms[: ends[0] + 1] if term.name != "redirect"]
    return terms, broken


def _term(written: str) -> Term | None:
    """Return a term, one without a name for modifiers that change nothing; None: it breaks the record."""
    found = TERM.fullmatch(written)
    if not found:
        return None
    qualifier, name, mark, value = found[1], found[2].lower(), found[3] or "", found[4] or ""
    if mark == "=":
        if qualifier or (name == "redirect" and not value):
            return None
        return Term(written, "", "redirect" if name == "redirect" else "", value)
    if name not in ASKING - {"redirect"} | {"all", "ip4", "ip6"} or (mark == ":" and not value):
        return None
    if (name in WITH_VALUE and mark != ":") or (name == "all" and mark):
        return None
    if name in ("ip4", "ip6") and not _is_network(value, version=int(name[2])):
        return None
    return Term(written, qualifier or "+", name, value if mark == ":" else "")


def _is_network(value: str, *, version: int) -> bool:
    try:
        return ip_network(value, strict=False).version == version
    except ValueError:
        return False


def _follow(record: str, resolver: Resolver) -> Walk:
    """Follow a record and those it leads to; it ends where the limit is passed.

    As receivers do, what is included twice counts twice, so that a circle passes the limit.
    """
    walk, waiting = Walk(), [record]
    while waiting and walk.lookups <= MOST_LOOKUPS:
        terms, _broken = _read(waiting.pop())
        asking = [term for term in terms if term.name in ASKING]
        walk.lookups += len(asking)
        for name in (term.leads_to for term in asking if term.leads_to):
            records = _records(name, resolver)
            if len(records) != 1:
                walk.faults[name] = "several" if records else "none"
            elif _read(records[0])[1]:
                walk.faults[name] = "broken"
            else:
                waiting.append(records[0])
    return walk
