"""Reads SPF, DKIM, DMARC and the bounce domain in DNS and says in plain words what is missing."""

from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletters.mail_domain import NoAnswer, Resolver, check_domain
from newsletters.models import Series

MARKS = {"missing": "MISSING", "warn": "look at", "good": "ok"}


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
            "--selector", action="append", help="A DKIM selector; may be repeated. Left out: DKIM_SELECTORS."
        )
        parser.add_argument(
            "--server", action="append", help="A name server's address (192.0.2.1 or 192.0.2.1:53)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings of each domain."""
        try:
            resolver = Resolver(options["server"] or settings.DNS_SERVERS)
        except (ValueError, OSError) as error:
            raise CommandError(f"The name server cannot be used: {error}", returncode=2) from error
        selectors = options["selector"] or settings.DKIM_SELECTORS
        missing = 0
        for domain in options["domain"] or sending_domains():
            self.stdout.write(self.style.MIGRATE_HEADING(domain))
            try:
                findings = check_domain(
                    domain, resolver=resolver, selectors=selectors, bounce_domain=settings.BOUNCE_DOMAIN
                )
            except NoAnswer as error:
                raise CommandError(
                    f"DNS did not answer, so nothing is known: {error}", returncode=2
                ) from error
            for finding in findings:
                self.stdout.write(f"  {MARKS[finding.level]:8} {finding.text}")
                if finding.write:
                    self.stdout.write(f"           write: {finding.write}")
            missing += sum(finding.level == "missing" for finding in findings)
        if missing:
            raise CommandError(f"{missing} missing. Whoever runs the domain's DNS writes the records.")


def sending_domains() -> list[str]:
    """Return the domains that mail leaves from: the series' senders and the portal's own."""
    addresses = [
        *Series.objects.values_list("sender_email", flat=True),
        parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    ]
    return sorted({address.rpartition("@")[2].lower() for address in addresses if "@" in address})
