"""DKIM (RFC 6376, 8301): whether the keys that the relay signs with stand in DNS."""

import binascii
from base64 import b64decode
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from newsletters.mail_domain.dmarc import Discovery
from newsletters.mail_domain.finding import Finding, tags_of, txt
from newsletters.mail_domain.resolver import Resolver

# An RSA key of 2048 bits takes 270 bytes in DNS or more, one of 1024 bits 162 or less; below that nobody accepts it.
SHORT_KEY_BYTES, USELESS_KEY_BYTES = 250, 135


def check_dkim(
    found: Discovery, selectors: Sequence[str], resolver: Resolver
) -> tuple[list[str], list[Finding]]:
    """Return the domains (d=) that have a usable key, and what is to be said of each selector. Raises NoAnswer."""
    if not selectors:
        text = _(
            "DKIM could not be looked up: no selector is known. Ask whoever runs the mail relay which selector it "
            "signs with, and set DKIM_SELECTORS or use --selector."
        )
        return [], [Finding("missing", text)]
    signers, findings = [], []
    for written in selectors:
        selector, _mark, named = written.partition(":")
        signer = _signer(selector, [named] if named else found.domains, resolver)
        about = list(_key(f"{selector}._domainkey.{signer}", resolver))
        findings += about
        if all(finding.level != "missing" for finding in about):
            signers.append(signer)
    return signers, findings


def _signer(selector: str, domains: Sequence[str], resolver: Resolver) -> str:
    """Return the first domain that has the key, else the first of all."""
    with_key = [domain for domain in domains if resolver.texts(f"{selector}._domainkey.{domain}")]
    return [*with_key, *domains][0]


def _key(name: str, resolver: Resolver) -> Iterator[Finding]:
    records = [tags for text in resolver.texts(name) if "p" in (tags := tags_of(text))]
    example = txt(name, "v=DKIM1; k=rsa; p=" + _("<public key from the mail relay>"))
    if not records:
        text = _("DKIM: there is no key at %(name)s. Publish the mail relay's key there.")
        yield Finding("missing", text % {"name": name}, example)
        return
    if len(records) > 1:
        text = _("DKIM: there are %(count)d keys at %(name)s; which one receivers take is chance. Keep one.")
        yield Finding("missing", text % {"count": len(records), "name": name})
        return
    tags = records[0]
    fault = _fault(name, tags)
    if fault:
        yield Finding("missing", fault, example)
    elif tags.get("k", "rsa") == "rsa" and _size(tags["p"]) < SHORT_KEY_BYTES:
        text = _("DKIM: the key at %(name)s is short. Make one of 2048 bits in the mail relay.")
        yield Finding("warn", text % {"name": name}, example)
    else:
        yield Finding("good", _("DKIM: a key stands at %(name)s.") % {"name": name})
    if "y" in tags.get("t", "").split(":"):
        text = _(
            "DKIM: the key at %(name)s is marked as a test (t=y); receivers may look away. Take the mark away."
        )
        yield Finding("warn", text % {"name": name})


def _fault(name: str, tags: dict[str, str]) -> str:
    """Return why nobody accepts the key; empty if they do."""
    key = tags["p"]
    if not key:
        return _("DKIM: the key at %(name)s is empty, which means withdrawn.") % {"name": name}
    if tags.get("v", "DKIM1") != "DKIM1" or tags.get("k", "rsa") not in ("rsa", "ed25519"):
        return _("DKIM: the record at %(name)s is not one of DKIM1 with a key that is known.") % {
            "name": name
        }
    size = _size(key)
    if not size:
        return _("DKIM: the key at %(name)s is broken; it is not base64.") % {"name": name}
    if tags.get("k", "rsa") == "rsa" and size < USELESS_KEY_BYTES:
        return _("DKIM: the key at %(name)s has less than 1024 bits; receivers accept none of those.") % {
            "name": name
        }
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        return _("DKIM: the key at %(name)s allows old sums only (h=); receivers accept none of those.") % {
            "name": name
        }
    return ""


def _size(key: str) -> int:
    """Return the key's size in bytes; 0 if it is none."""
    try:
        return len(b64decode("".join(key.split()), validate=True))
    except (binascii.Error, ValueError):
        return 0
