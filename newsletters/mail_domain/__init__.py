"""What DNS says about a domain that sends letters: SPF, DKIM, DMARC, and where mail to it goes."""

from collections.abc import Sequence

from newsletters.mail_domain.arriving import check_bounces, check_sender
from newsletters.mail_domain.dkim import check_dkim
from newsletters.mail_domain.dmarc import check_alignment, check_dmarc, discover
from newsletters.mail_domain.finding import Finding
from newsletters.mail_domain.resolver import Resolver
from newsletters.mail_domain.spf import check_spf


def check_domain(
    domain: str, *, resolver: Resolver, selectors: Sequence[str], bounce_domain: str = ""
) -> list[Finding]:
    """Return what DNS lacks for letters from `domain` with return paths in `bounce_domain`. Raises NoAnswer.

    A selector may name the domain it signs for ("s1:relay.example"), else that is the sender's or its organisation's.
    """
    found = discover(domain, resolver)
    # The portal's own mails return to the sender, letters to the bounce domain.
    senders = dict.fromkeys([domain, bounce_domain or domain])
    findings = [finding for name in senders for finding in check_spf(name, resolver)]
    signers, about_keys = check_dkim(found, selectors, resolver)
    return [
        *findings,
        *about_keys,
        *check_dmarc(found, resolver),
        *check_alignment(found, bounce_domain or domain, signers, resolver),
        *check_sender(domain, resolver),
        *check_bounces(bounce_domain, resolver),
    ]
