"""Close the statistics of letters by hand, as the scheduler does every ten minutes."""

from django.core.management.base import BaseCommand, CommandError

from newsletters.closing import close_statistics, due_for_closing
from newsletters.models import Delivery
from newsletters.reports import mail_waiting_reports


class Command(BaseCommand):
    """Exit code 0 when all went well, also when nothing was due; 1 when a delivery is unknown."""

    help = (
        "Close the statistics of letters sent long enough ago: count the last hits, erase what is tied to persons, "
        "mail the report. Safe to run again."
    )

    def add_arguments(self, parser) -> None:
        """Which deliveries, and whether to only show them."""
        parser.add_argument(
            "--delivery",
            type=int,
            help="close this delivery now, whatever its age; a paused one is cancelled",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be closed")

    def handle(self, *args, **options) -> None:
        """Close and report."""
        due = due_for_closing()
        if options["delivery"] is not None:
            due = Delivery.objects.filter(pk=options["delivery"])
            if not due.exists():
                raise CommandError(f"There is no delivery {options['delivery']}.")
        for delivery in due:
            if options["dry_run"]:
                self.stdout.write(f"Would close: {delivery}")
            elif close_statistics(delivery.pk):
                self.stdout.write(f"Closed: {delivery}")
        if not options["dry_run"]:
            self.stdout.write(f"Reports mailed: {mail_waiting_reports()}")
