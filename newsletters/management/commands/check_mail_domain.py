"""Reads SPF, DKIM, DMARC and the bounce domain in DNS and says in plain words what is missing."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.mail_domain import check_domain
from newsletters.mail_domain.finding import Finding
from newsletters.mail_domain.resolver import NoAnswer, Resolver
from newsletters.models import Series


class Command(BaseCommand):
    """Looks only; writes nothing anywhere. Exit code 0: nothing missing, 1: something is, 2: DNS did not answer."""

    help = "Checks SPF, DKIM, DMARC and the bounce domain of the domains that letters are sent from."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the domains, or let the series' senders tell."""
        parser.add_argument(
            "domain",
            nargs="*",
            help="Left out: the domains of every series' sender and of DEFAULT_FROM_EMAIL.",
        )
        parser.add_argument(
            "--selector",
            action="append",
            help="A DKIM selector, or selector:domain where the relay signs for another domain; may be repeated. "
            "Left out: DKIM_SELECTORS.",
        )
        parser.add_argument(
            "--server", action="append", help="A name server's address (192.0.2.1 or 192.0.2.1:53)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings of each domain."""
        try:
            resolver = Resolver(options["server"] or settings.DNS_SERVERS)
        except (ValueError, OSError) as error:
            text = _("The name server cannot be used: %(why)s") % {"why": error}
            raise CommandError(text, returncode=2) from error
        selectors = options["selector"] or settings.DKIM_SELECTORS
        missing = 0
        for domain in options["domain"] or sending_domains():
            self.stdout.write(self.style.MIGRATE_HEADING(domain))
            try:
                findings = check_domain(
                    domain.lower().rstrip("."),
                    resolver=resolver,
                    selectors=selectors,
                    bounce_domain=settings.BOUNCE_DOMAIN.lower().rstrip("."),
                )
            except NoAnswer as error:
                text = _("DNS did not answer, so nothing is known: %(why)s") % {"why": error}
                raise CommandError(text, returncode=2) from error
            self._show(findings)
            missing += sum(finding.level == "missing" for finding in findings)
        if missing:
            text = ngettext(
                "%(count)d thing is missing. Whoever runs the domain's DNS writes the records.",
                "%(count)d things are missing. Whoever runs the domain's DNS writes the records.",
                missing,
            )
            raise CommandError(text % {"count": missing})

    def _show(self, findings: list[Finding]) -> None:
        marks = {"missing": _("MISSING"), "warn": _("LOOK AT"), "good": _("good")}
        width = max(len(mark) for mark in marks.values()) + 2
        for finding in findings:
            self.stdout.write(f"  {marks[finding.level]:{width}}{finding.text}")
            if finding.write:
                self.stdout.write(" " * (width + 2) + _("write: %(record)s") % {"record": finding.write})


def sending_domains() -> list[str]:
    """Return the domains that mail leaves from: the series' senders and the portal's own."""
    addresses = [
        *Series.objects.values_list("sender_email", flat=True),
        parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    ]
    return sorted({address.rpartition("@")[2].lower() for address in addresses if "@" in address})
