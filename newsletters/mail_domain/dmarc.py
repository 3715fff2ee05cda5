"""DMARC (RFC 9989): which record holds for a sender's domain, found by walking up the tree, and what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletters.alignment import organisational_domain
from newsletters.mail_domain.finding import Finding, tags_of, txt
from newsletters.mail_domain.resolver import Resolver

# RFC 9989, 4.10: of longer names, only the domain itself and its last seven labels are asked.
LONGEST_WALK = 8
POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True)
class Discovery:
    """What the walk found: the organisation's domain, the record that holds with its place, and spoilt places."""

    domain: str
    organisation: str
    place: str
    record: str
    several: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """The sender's domain and, where it is another, its organisation's."""
        return tuple(dict.fromkeys([self.domain, self.organisation]))

    @property
    def tags(self) -> dict[str, str]:
        """The record's tags."""
        return tags_of(self.record)

    @property
    def policy(self) -> str:
        """What holds for the sender's domain: `sp` where the record stands higher up."""
        tags = self.tags
        policy = tags.get("p", "").lower()
        return policy if self.place == self.domain else tags.get("sp", policy).lower()


def discover(domain: str, resolver: Resolver) -> Discovery:
    """Find a domain's organisation and the record that holds for it. Raises NoAnswer."""
    domain = domain.lower().rstrip(".")
    found: dict[str, str] = {}
    several = []
    organisation = ""
    below = domain
    for place in _walk(domain):
        records = _records(place, resolver)
        if len(records) > 1:
            several.append(place)
        elif records:
            found[place] = records[0]
            mark = tags_of(records[0]).get("psd", "").lower()
            if mark == "n" or (mark == "y" and place != domain):
                organisation = place if mark == "n" else below
                break
        below = place
    organisation = organisation or (list(found)[-1] if found else domain)
    # The domain's own record, else the organisation's, else that of the suffix above it.
    place = next((name for name in (domain, organisation, *reversed(found)) if name in found), "")
    return Discovery(domain, organisation, place, found.get(place, ""), tuple(several))


def _walk(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    labels = labels[1:] if len(labels) < LONGEST_WALK else labels[-(LONGEST_WALK - 1) :]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def _records(place: str, resolver: Resolver) -> list[str]:
    return [
        text
        for text in resolver.texts(f"_dmarc.{place}")
        if text.split(";")[0].replace(" ", "").lower() == "v=dmarc1"
    ]


def check_dmarc(found: Discovery, resolver: Resolver) -> Iterator[Finding]:
    """Yield what is wrong with the record that holds, or that it is good. Raises NoAnswer."""
    for place in found.several:
        text = _("DMARC: there are several records at _dmarc.%(domain)s; receivers then read none. Keep one.")
        yield Finding("missing", text % {"domain": place})
    if not found.record:
        if not found.several:
            yield _no_record(found.domain)
        return
    yield _policy(found)
    tags, at = found.tags, f"_dmarc.{found.place}"
    if found.place == found.domain and tags.get("sp", "").lower() == "none" and found.policy != "none":
        text = _("DMARC: names under %(domain)s are left open (sp=none), so that they can be forged.")
        yield Finding("warn", text % {"domain": found.domain}, txt(at, _with(found.record, sp=found.policy)))
    if tags.get("t", "").lower() == "y" or tags.get("pct", "100") != "100":
        text = _(
            "DMARC: the policy holds as a test only (t=y or pct). Take that away when the reports look well."
        )
        yield Finding("warn", text, txt(at, _with(found.record, t=None, pct=None)))
    yield from _reports(found, resolver)


def _no_record(domain: str) -> Finding:
    place = organisational_domain(domain)
    text = _(
        "DMARC: %(domain)s says nothing about mail that fails. Gmail and Yahoo ask it of all who send much. "
        "Begin with p=none, read the reports, then go on to p=quarantine."
    )
    example = txt(f"_dmarc.{place}", f"v=DMARC1; p=none; rua=mailto:dmarc@{place}")
    return Finding("missing", text % {"domain": place}, example)


def _policy(found: Discovery) -> Finding:
    at = f"_dmarc.{found.place}"
    if found.policy not in POLICIES:
        text = _("DMARC: the record at %(place)s has no policy (p=none, quarantine or reject).")
        return Finding("missing", text % {"place": at}, txt(at, _with(found.record, p="none")))
    if found.policy == "none":
        text = _(
            "DMARC: the policy for %(domain)s is none: forged mail is only reported. Go on to p=quarantine."
        )
        is_own = found.place == found.domain or "sp" not in found.tags
        mended = _with(found.record, **{"p" if is_own else "sp": "quarantine"})
        return Finding("warn", text % {"domain": found.domain}, txt(at, mended))
    text = _("DMARC: the policy for %(domain)s is %(policy)s (%(place)s).")
    return Finding("good", text % {"domain": found.domain, "policy": found.policy, "place": at})


def _reports(found: Discovery, resolver: Resolver) -> Iterator[Finding]:
    """Look at where reports go; another organisation must have said that it takes them (RFC 9990, 4)."""
    addresses = [address.strip() for address in found.tags.get("rua", "").split(",") if address.strip()]
    if not addresses:
        record = _with(found.record, rua=f"mailto:dmarc@{found.organisation}")
        text = _("DMARC: no address gets the reports (rua=mailto:…).")
        yield Finding("warn", text, txt(f"_dmarc.{found.place}", record))
    for address in addresses:
        target = address.partition("!")[0].rpartition("@")[2].lower()
        if not address.lower().startswith("mailto:") or not target:
            text = _("DMARC: “%(address)s” is no address for reports; it begins with mailto:.")
            yield Finding("warn", text % {"address": address})
            continue
        name = f"{found.place}._report._dmarc.{target}"
        is_ours = discover(target, resolver).organisation == found.organisation
        if not is_ours and not any(text.startswith("v=DMARC1") for text in resolver.texts(name)):
            text = _("DMARC: reports to %(target)s are not sent before %(target)s has agreed to take them.")
            yield Finding("warn", text % {"target": target}, txt(name, "v=DMARC1"))


def check_alignment(
    found: Discovery, bounce_domain: str, signers: Sequence[str], resolver: Resolver
) -> Iterator[Finding]:
    """Yield whether SPF (by the return path) and DKIM (by who signs) count for the sender. Raises NoAnswer."""
    if not found.record:
        return
    by_spf = _counts(found, bounce_domain, "aspf", resolver)
    by_dkim = [signer for signer in signers if _counts(found, signer, "adkim", resolver)]
    names = {"bounces": bounce_domain, "domain": found.domain, "organisation": found.organisation}
    if not by_spf:
        text = _(
            "DMARC: SPF of %(bounces)s (BOUNCE_DOMAIN) does not count for %(domain)s. Use a name under "
            "%(organisation)s; with aspf=s, only the very domain counts."
        )
        yield Finding("warn", text % names)
    for signer in signers:
        if signer not in by_dkim:
            text = _(
                "DMARC: a signature of %(signer)s does not count for %(domain)s. Let the relay sign for %(domain)s."
            )
            yield Finding("warn", text % {**names, "signer": signer})
    if not by_spf and not by_dkim:
        text = _("DMARC: neither SPF nor DKIM counts for %(domain)s, so that every letter fails.")
        yield Finding("missing", text % names)


def _counts(found: Discovery, other: str, tag: str, resolver: Resolver) -> bool:
    """Whether another domain is taken for the sender's: the very same (strict), or the same organisation's."""
    if other.lower() == found.domain:
        return True
    if found.tags.get(tag, "r").lower() == "s":
        return False
    return discover(other, resolver).organisation == found.organisation


def _with(record: str, **changes: str | None) -> str:
    """Return a record with some tags changed, added or (None) taken away; the others as they stand."""
    tags = tags_of(record)
    order = ["v", *changes, *tags] if "p" in changes and "p" not in tags else [*tags, *changes]
    new = {name: changes.get(name, tags.get(name)) for name in dict.fromkeys(order)}
    return "; ".join(f"{name}={value}" for name, value in new.items() if value is not None)
