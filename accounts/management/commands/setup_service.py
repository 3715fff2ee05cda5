"""Make an empty real service ready: site, settings, pages, roles, workflow, and the first administrator by mail."""

import re

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from wagtail.models import Site

from accounts.invitations import invite, resend
from accounts.models import Invitation, User
from accounts.roles import Role, group_of
from core.models import ServiceSettings
from core.setup import set_up_site

HOSTNAME = re.compile(r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")


class Command(BaseCommand):
    """Safe to run again: what exists is left as it is; a waiting invitation is mailed anew."""

    help = (
        "Make an empty service ready: site, settings, index pages, roles, approval workflow, and an invitation "
        "to the first administrator. May be run again. Exit codes: 0 done, 1 an argument is unusable or the mail "
        "could not be sent."
    )

    def add_arguments(self, parser) -> None:
        """Name, host and the first administrator."""
        parser.add_argument("--name", required=True, help="The service's full name, as readers see it.")
        parser.add_argument("--hostname", required=True, help="The host readers use, e.g. portal.example.no.")
        parser.add_argument("--port", type=int, default=443, help="The port readers use (443).")
        parser.add_argument("--admin-email", required=True, help="Receives the invitation as administrator.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Say what would be done and change nothing."
        )

    def handle(self, *args, **options) -> None:
        """Check the arguments, then do everything or nothing; the mail goes last."""
        name, hostname, email = (
            options["name"].strip(),
            options["hostname"].lower(),
            options["admin_email"].strip(),
        )
        self._check(name, hostname, options["port"], email)
        with transaction.atomic():
            lines = self._set_up(name, hostname, options["port"])
            lines.append(self._administrator(email, mail=not options["dry_run"]))
            if options["dry_run"]:
                transaction.set_rollback(True)
        prefix = "Would: " if options["dry_run"] else ""
        for line in lines:
            self.stdout.write(prefix + line)

    def _check(self, name: str, hostname: str, port: int, email: str) -> None:
        if not name:
            raise CommandError("--name is empty.")
        if not HOSTNAME.match(hostname):
            raise CommandError(f"--hostname is not a host name: {hostname!r}.")
        if not 1 <= port <= 65535:
            raise CommandError(f"--port is not between 1 and 65535: {port}.")
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"--admin-email is not an address: {email!r}.") from error

    def _set_up(self, name: str, hostname: str, port: int) -> list[str]:
        existed = ServiceSettings.objects.exists()
        site = set_up_site(name, hostname=hostname, port=port)
        changed = Site.objects.filter(pk=site.pk).exclude(hostname=hostname, port=port, site_name=name)
        moved = changed.update(hostname=hostname, port=port, site_name=name)
        return [
            f"site {hostname}:{port} {'kept' if existed and not moved else 'set up'}",
            "settings kept" if existed else f"settings made for {name}",
            "roles and approval workflow brought up to date",
        ]

    def _administrator(self, email: str, *, mail: bool) -> str:
        user = User.objects.filter(email__iexact=email).first()
        if user is not None:
            user.groups.add(group_of(Role.ADMINISTRATOR))
            return f"{email} can log in already and is an administrator"
        waiting = Invitation.objects.open().filter(email__iexact=email, role=Role.ADMINISTRATOR).first()
        if not mail:
            return f"invite {email} as administrator"
        try:
            if waiting:
                resend(waiting)
            else:
                invite(email, Role.ADMINISTRATOR)
        except OSError as error:
            raise CommandError(f"The invitation could not be mailed ({error}). Check EMAIL_URL.") from error
        return f"{email} invited as administrator"
