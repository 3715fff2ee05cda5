"""Bring the demo's database, static files and content up to date."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


@contextmanager
def _static_files() -> Iterator[None]:
    """Collect and compress the static files in a process beside the body, on what processor time the body leaves."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    beside = subprocess.Popen(command, cwd=settings.BASE_DIR, preexec_fn=lambda: os.nice(10))
    try:
        yield
    except BaseException:
        beside.terminate()
        raise
    finally:
        failed = beside.wait()
    if failed:
        raise CommandError("The static files could not be collected; the lines above say why.")


class Command(BaseCommand):
    """Runs what a fresh checkout and a new version need before the demo starts; safe to run at any time."""

    help = "Migrate, create the cache table, collect static files, and load the demo site into an empty database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the steps in order."""
        verbosity = options["verbosity"]
        say = self.stdout.write if verbosity else lambda text: None
        with _static_files():
            say("  tables of the database; styles, scripts and fonts beside them …")
            call_command("migrate", interactive=False, verbosity=max(0, verbosity - 1))
            call_command("createcachetable", verbosity=0)
            if self._is_empty():
                call_command("load_demo", verbosity=verbosity, stdout=self.stdout)
            self._follow_address()
        with (Path(settings.VAR_DIR) / "logins.txt").open("w") as file:
            call_command("demo_logins", stdout=file)

    @staticmethod
    def _follow_address() -> None:
        """Let the site's own links name the address this start chose."""
        from wagtail.models import Site

        address = urlsplit(settings.SITE_URL)
        for site in Site.objects.filter(is_default_site=True):
            site.hostname, site.port = address.hostname or "localhost", address.port or 80
            site.save()

    @staticmethod
    def _is_empty() -> bool:
        from core.models import HomePage

        return not HomePage.objects.exists()
