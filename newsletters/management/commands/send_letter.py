"""Send a letter from the command line."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from newsletters import sending
from newsletters.admin.saved_audiences import default_choice
from newsletters.audience import Audience
from newsletters.letter_checks import check_letter, may_be_sent
from newsletters.models import LetterPage, Recipient
from newsletters.rendering import render_letter
from newsletters.services.deliver import order_delivery
from newsletters.services.freeze import latest_letter


class Command(BaseCommand):
    """Send a letter to the default audience of its series. Exit code 1 when it cannot be sent."""

    help = (
        "Send a letter to its series' default audience, or to its subscribers and network. The workers deliver it;"
        " --wait sends it here."
    )

    def add_arguments(self, parser) -> None:
        """Take the page's number and what to do."""
        parser.add_argument("page_id", type=int, help="the number of the letter's page")
        parser.add_argument("--dry-run", action="store_true", help="show checks and receivers, send nothing")
        parser.add_argument(
            "--wait", action="store_true", help="send in this process instead of leaving it to workers"
        )

    def handle(self, *args, page_id: int, dry_run: bool, wait: bool, **options) -> None:
        """Check, count, and send unless it is a dry run."""
        letter = latest_letter(self._letter(page_id))
        checks = check_letter(letter, render_letter(letter))
        for check in checks:
            if check.level != "good":
                self.stdout.write(f"- {check.text}")
        if not may_be_sent(checks):
            raise CommandError(_("The letter cannot be sent before this is mended."))
        audience = self._audience(letter)
        self.stdout.write(
            _("%(title)s: %(count)d receivers") % {"title": letter.title, "count": audience.count()}
        )
        if dry_run:
            return
        try:
            delivery = order_delivery(letter, audience, user=None)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if wait:
            sending.send_delivery(delivery.pk)
        sent = delivery.recipients.filter(status=Recipient.Status.SENT).count()
        self.stdout.write(_("Delivery %(pk)d: %(sent)d sent") % {"pk": delivery.pk, "sent": sent})

    def _audience(self, letter: LetterPage) -> Audience:
        """Return the series' default as it stands today; refuses one of which nothing is left."""
        default = default_choice(letter.series, is_important=letter.is_important)
        if default is None:
            return replace(Audience.of_series(letter.series), is_important=letter.is_important)
        for note in default.notes:
            self.stdout.write(f"- {note}")
        if not default.is_usable:
            raise CommandError(_("The series' default audience cannot be used."))
        return default.audience

    def _letter(self, page_id: int) -> LetterPage:
        try:
            return LetterPage.objects.get(pk=page_id)
        except LetterPage.DoesNotExist as error:
            raise CommandError(_("There is no letter with number %(pk)d.") % {"pk": page_id}) from error
