"""Let the addresses of a domain have letters again after its mail server was wrong about them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from newsletters.suppression import lift_of_domain


class Command(BaseCommand):
    """Exit code 0 when all went well, also when nothing was found; 1 when the domain or the period is wrong."""

    help = (
        "Lift the hard bounces that were noted for a domain in a period, e.g. a morning when its mail server answered"
        " that nobody exists. Complaints, blocks by hand and the erased stay. Only hashes are stored, so only"
        " addresses in the register are found. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which domain, when, and whether to only count."""
        parser.add_argument("--domain", required=True, help="what stands behind the @, exactly")
        parser.add_argument(
            "--since", required=True, help="first day (2026-11-03) or moment (2026-11-03T07:00)"
        )
        parser.add_argument("--until", required=True, help="last day, all of it, or the moment it ended")
        parser.add_argument("--dry-run", action="store_true", help="only say how many it would be")

    def handle(self, *args: Any, **options: Any) -> None:
        """Lift, and tell the numbers."""
        domain = options["domain"].strip().lstrip("@").lower()
        if "." not in domain or "@" in domain:
            raise CommandError(_("%(domain)s is no domain.") % {"domain": options["domain"]})
        since = moment(options["since"])
        until = moment(options["until"], is_end=True)
        if until <= since:
            raise CommandError(_("The period ends before it begins."))
        tally = lift_of_domain(
            domain,
            since=since,
            until=until,
            reason=f"lift_suppression {domain} {options['since']} – {options['until']}",
            dry_run=options["dry_run"],
        )
        text = (
            _(
                "%(addresses)d addresses of %(domain)s in the register, %(lifted)d hard bounces would be lifted"
            )
            if options["dry_run"]
            else _("%(addresses)d addresses of %(domain)s in the register, %(lifted)d hard bounces lifted")
        )
        self.stdout.write(text % {"addresses": tally.addresses, "domain": domain, "lifted": tally.lifted})


def moment(written: str, *, is_end: bool = False) -> datetime:
    """Return a day's beginning, or its end, or the moment written, in the site's time zone where it names none.

    Raises CommandError when it is neither.
    """
    try:
        day: date | None = parse_date(written)
        found = None if day else parse_datetime(written)
    except ValueError:
        day = found = None
    if day:
        found = datetime.combine(day + timedelta(days=is_end), time())
    if found is None:
        raise CommandError(
            _("%(written)s is neither a day (2026-11-03) nor a moment (2026-11-03T07:00).")
            % {"written": written}
        )
    return found if timezone.is_aware(found) else timezone.make_aware(found)
