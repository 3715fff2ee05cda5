"""Import people from a file at the command line: the steps, rules and results of the pages in the admin."""

import logging
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from directory.imports import services, writing
from directory.imports.cells import names_of
from directory.imports.errors import UnreadableFile
from directory.imports.forms import ColumnsForm
from directory.imports.mapping import FIELDS
from directory.imports.offers import offer_for
from directory.imports.rejects import rejected_rows
from directory.models import ImportRow, PeopleImport

logger = logging.getLogger(__name__)
SOME_REJECTED, UNUSABLE, STOPPED = 1, 2, 3
# How often we look when a worker was quicker to take the import (seconds).
LOOK_EVERY = 0.5


class Command(BaseCommand):
    """Exit code 0: all rows are in; 1: some were not accepted; 2: file or options cannot be used, nothing is written;
    3: stopped midway, what is written stays and the page of the import goes on with the rest."""

    help = (
        "Imports people from an Excel workbook or a CSV file. Look first with --dry-run. Exit codes: 0 all rows are in,"
        " 1 some were not accepted, 2 file or options cannot be used and nothing is written, 3 stopped midway."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the file and what is to be done with it."""
        parser.add_argument(
            "file", type=Path, help="an Excel workbook (.xlsx) or a text file (.csv), as it comes"
        )
        parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
        parser.add_argument(
            "--sheet",
            default="",
            metavar="NAME",
            help="the sheet of a workbook; else the one whose heading names most fields",
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="HEADING=FIELD",
            help=f"what a column holds where the guess is wrong; may be repeated. Fields: {', '.join(FIELDS)};"
            " nothing after = leaves the column out",
        )
        parser.add_argument(
            "--end-positions", action="store_true", help="changed positions replace the old ones, which end"
        )
        parser.add_argument(
            "--series", action="append", default=[], metavar="SLUG", help="subscribe them; may be repeated"
        )
        parser.add_argument("--basis", default="", help="why we may write to them; needed with --series")
        parser.add_argument(
            "--rejected",
            type=Path,
            metavar="OUT.xlsx",
            help="write the rows that are not accepted to a new file",
        )
        parser.add_argument("--user", metavar="EMAIL", help="whose import it is; their rights count")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, show, and write unless it is a dry run."""
        user = self._user(options["user"])
        self._check_target(options["rejected"])
        job = self._start(options["file"], user, options["sheet"])
        try:
            self._settle(job, user, options)
            self._work(job, _("Reading"))
            self._show(job, options["verbosity"])
            if not options["dry_run"] and writing.waiting_rows(job).exists():
                services.confirm(job, services.fingerprint(job), user)
                self._work(job, _("Writing"))
                self.stdout.write(self._figures(job, _("Written:")))
            rejected = job.counts[ImportRow.Outcome.REJECTED]
            if rejected and options["rejected"]:
                options["rejected"].write_bytes(rejected_rows(job))
        finally:
            # What waits for nobody; an import that has been confirmed stays.
            services.cancel(job)
        if rejected:
            text = ngettext(
                "%(number)s row was not accepted.", "%(number)s rows were not accepted.", rejected
            )
            raise CommandError(text % {"number": rejected}, returncode=SOME_REJECTED)

    def _user(self, email: str | None) -> User | None:
        if not email:
            return None
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError(_("There is no user %(email)s.") % {"email": email}, returncode=UNUSABLE)
        return user

    def _check_target(self, target: Path | None) -> None:
        if target and (target.exists() or not target.parent.is_dir()):
            text = _("%(file)s cannot be written: it exists already, or its folder does not.")
            raise CommandError(text % {"file": target}, returncode=UNUSABLE)

    def _start(self, path: Path, user: User | None, sheet: str) -> PeopleImport:
        try:
            with path.open("rb") as file:
                # One byte over the limit is enough to refuse it.
                content = file.read(settings.IMPORT_MAX_MEGABYTES * 1_000_000 + 1)
            return services.start(content, path.name, user, sheet)
        except OSError as error:
            text = _("%(file)s cannot be opened: %(error)s.") % {"file": path, "error": error.strerror}
            raise CommandError(text, returncode=UNUSABLE) from error
        except UnreadableFile as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error

    def _settle(self, job: PeopleImport, user: User | None, options: dict[str, Any]) -> None:
        """Check columns and options by the form of the page, and have the file read."""
        mapping = self._mapping(job, options["column"])
        data = {f"column_{number}": field for number, field in mapping.items()}
        data |= {"ends_positions": options["end_positions"], "basis": options["basis"]}
        data["choices"] = [self._series(name, user) for name in options["series"]]
        form = ColumnsForm(data, user=user, headings=job.headings, mapping=mapping)
        if not form.is_valid():
            problems = [text for texts in form.errors.values() for text in texts]
            raise CommandError(" ".join(problems), returncode=UNUSABLE)
        services.settle_columns(job, form.mapping(), **form.choices_made())

    def _mapping(self, job: PeopleImport, told: list[str]) -> dict[str, str]:
        mapping = dict(job.mapping)
        for one in told:
            heading, _sign, field = one.rpartition("=")
            if heading not in job.headings or (field and field not in FIELDS):
                text = _(
                    "“%(told)s” names no column of the file and field. Columns: %(columns)s. Fields: %(fields)s."
                )
                names = {"told": one, "columns": ", ".join(job.headings), "fields": ", ".join(FIELDS)}
                raise CommandError(text % names, returncode=UNUSABLE)
            mapping[str(job.headings.index(heading))] = field
        return mapping

    def _series(self, name: str, user: User | None) -> str:
        offer = offer_for(user)
        if name not in offer.short_names:
            text = _("“%(name)s” is nothing to subscribe people to. There is: %(names)s.")
            names = ", ".join(offer.short_names) or "–"
            problem = " ".join([text % {"name": name, "names": names}, *offer.notes])
            raise CommandError(problem, returncode=UNUSABLE)
        return offer.short_names[name]

    def _work(self, job: PeopleImport, label: str) -> None:
        """Do the step here, or wait for the worker who was quicker."""
        shown = -1

        def tell(done: int, total: int) -> None:
            nonlocal shown
            tenth = 10 * done // total if total else 10
            if tenth != shown:
                text = _("%(label)s: %(done)s of %(total)s")
                self.stderr.write(text % {"label": label, "done": done, "total": total}, self.style.NOTICE)
                shown = tenth

        while job.is_working or shown < 0:
            try:
                services.run(job, tell)
            except Exception as error:
                job.refresh_from_db()
                if job.status != PeopleImport.Status.FAILED:
                    raise
                logger.exception("An import stopped.")
                raise CommandError(job.failure, returncode=STOPPED) from error
            job.refresh_from_db()
            tell(job.done, job.total)
            if job.is_working:
                time.sleep(LOOK_EVERY)
        if job.status == PeopleImport.Status.FAILED:
            raise CommandError(job.failure, returncode=STOPPED if job.counts else UNUSABLE)

    def _show(self, job: PeopleImport, verbosity: int) -> None:
        """Print the preview: columns, figures, each row that is not accepted; with -v 2 every row."""
        if job.sheet:
            self.stdout.write(_("Sheet: “%(name)s”") % {"name": job.sheet})
        for number, field in sorted(job.mapping.items(), key=lambda pair: int(pair[0])):
            self.stdout.write(f"{FIELDS[field]}: «{job.headings[int(number)]}»")
        self.stdout.write(self._figures(job, _("Preview:")))
        rows = job.rows.all()
        if verbosity < 2:
            rows = rows.filter(outcome=ImportRow.Outcome.REJECTED)
        heading = writing.heading_of_names(job)
        for row in rows.iterator():
            who = " ".join(part for part in (*names_of(row.values, heading), row.shown_email) if part)
            told = [row.reason, *_changes(row), *row.remarks]
            text = _("Row %(number)s, %(outcome)s: %(who)s") % {
                "number": row.number,
                "outcome": row.get_outcome_display().lower(),
                "who": who,
            }
            self.stdout.write(" – ".join([text, *(one for one in told if one)]))

    def _figures(self, job: PeopleImport, label: str) -> str:
        parts = [f"{job.counts[one]} {one.label.lower()}" for one in ImportRow.Outcome if one in job.counts]
        return " ".join([label, ", ".join(parts)])


def _changes(row: ImportRow) -> list[str]:
    """Say what becomes of each field; what is new has nothing before it."""
    return [f"{label}: {old} → {new}" if old else f"{label}: {new}" for label, old, new in row.changes]
