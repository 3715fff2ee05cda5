"""Whether mail to the sender's and the bounce domain arrives anywhere."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from newsletters.mail_domain.finding import Finding
from newsletters.mail_domain.resolver import Resolver


def check_sender(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """Yield a warning where nobody takes mail for the sender's domain. Raises NoAnswer."""
    servers = resolver.mail_servers(domain)
    if not any(servers) and (servers or not resolver.has_address(domain)):
        text = _(
            "Sender: nobody takes mail for %(domain)s. Some receivers refuse letters from such a domain."
        )
        example = f"{domain}. MX 10 " + _("<the mail server>") + "."
        yield Finding("warn", text % {"domain": domain}, example)


def check_bounces(domain: str, resolver: Resolver) -> Iterator[Finding]:
    """Yield where letters that come back go. Raises NoAnswer."""
    if not domain:
        text = _(
            "Bounces: BOUNCE_DOMAIN is not set. Letters come back to the sender's own mailbox, and nobody is told."
        )
        yield Finding("warn", text)
        return
    records = resolver.mail_servers(domain)
    servers = [name for name in records if name]
    known = [name for name in servers if resolver.has_address(name)]
    example = f"{domain}. MX 10 " + _("<the mail server that fills BOUNCE_MAILBOX>") + "."
    words = {"domain": domain, "servers": ", ".join(servers)}
    if known:
        yield Finding("good", _("Bounces: mail to %(domain)s goes to %(servers)s.") % words)
    elif servers:
        text = _("Bounces: mail to %(domain)s goes to %(servers)s, but there is no such host.")
        yield Finding("missing", text % words, example)
    elif not records and resolver.has_address(domain):
        text = _(
            "Bounces: %(domain)s has no MX record, so mail goes to the host of that name. Write one if it should not."
        )
        yield Finding("warn", text % words, example)
    else:
        text = _("Bounces: nobody takes mail for %(domain)s, so that letters that come back are lost.")
        yield Finding("missing", text % words, example)
