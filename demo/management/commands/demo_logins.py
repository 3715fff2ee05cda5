"""Print the demo's log-ins."""

from django.core.management.base import BaseCommand

from accounts.roles import GROUP_NAMES
from demo.accounts import LOGINS, PASSWORD


class Command(BaseCommand):
    """Lists who to log in as."""

    help = "Print the demo's log-ins, one per role."

    def handle(self, *args, **options) -> None:
        """Print address, role and the common password."""
        for login in LOGINS:
            leads = f" ({', '.join(name.split('/')[1] for name in login.leads)})" if login.leads else ""
            self.stdout.write(f"{login.email:32} {GROUP_NAMES[login.role]}{leads}")
        self.stdout.write(f"Password for all: {PASSWORD}")
