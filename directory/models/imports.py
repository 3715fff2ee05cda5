"""An import of people from a file: what was asked for, how far it has come, and each row of the file."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# How long a file waits for somebody to go on, rows are kept for a look, and an import can be taken back.
FILE_DAYS = 7
ROW_DAYS = 30
UNDO_HOURS = 24


class PeopleImport(models.Model):
    """One file of people on its way into the register; nothing is written before somebody confirms."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for its columns")
        READING = "reading", _("Reading the file")
        PREVIEWED = "previewed", _("Waiting for confirmation")
        WRITING = "writing", _("Writing to the register")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")
        UNDOING = "undoing", _("Taking back")
        UNDONE = "undone", _("Taken back")

    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    file_name = models.CharField(_("file"), max_length=200)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UPLOADED)
    failure = models.CharField(_("why it stopped"), max_length=500, blank=True)
    # The sheet of a workbook that is read; empty for a text file.
    sheet = models.CharField(_("sheet"), max_length=200, blank=True, default="", db_default="")
    # The headings as they stand in the file, and which field each column's number stands for.
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    ends_positions = models.BooleanField(default=False)
    # Keys of letter series and the like, offered by apps on the right; and why we may write to these people.
    choices = models.JSONField(default=list)
    basis = models.CharField(max_length=300, blank=True)
    # Names of organisations that the register does not know → the organisation (its key) that is meant by them.
    workplaces = models.JSONField(default=dict, db_default={})
    # Rows to go through in the present step, and rows gone through.
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # Rows by outcome, kept when the rows themselves are erased.
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    undone_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("taken back by"),
    )

    WORKING = (Status.READING, Status.WRITING, Status.UNDOING)
    WAITING = (Status.UPLOADED, Status.PREVIEWED)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("import of people")
        verbose_name_plural = _("imports of people")

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_working(self) -> bool:
        """Whether a worker is busy with it, or about to be."""
        return self.status in self.WORKING

    @property
    def can_be_undone(self) -> bool:
        """Whether it has been written, and so lately that it can be taken back."""
        lately = timezone.now() - timedelta(hours=UNDO_HOURS)
        return self.status == self.Status.DONE and self.finished_at is not None and self.finished_at > lately

    def count(self) -> dict[str, int]:
        """Return how many rows have each outcome; those that only taking back makes, where there are any."""
        found = dict(self.rows.order_by().values_list("outcome").annotate(models.Count("pk")))
        judged = [one for one in ImportRow.Outcome.values if one != ImportRow.Outcome.UNDONE]
        return dict.fromkeys(judged, 0) | found

    def move(self, old: tuple[str, ...], new: str, **values) -> bool:
        """Set the status in one statement if it is still one of `old`; False when somebody else was first."""
        return bool(PeopleImport.objects.filter(pk=self.pk, status__in=old).update(status=new, **values))


class ImportFile(models.Model):
    """The file itself, in the database so that no address leads to it; deleted when the preview is confirmed."""

    people_import = models.OneToOneField(PeopleImport, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField()
    # Somebody has been erased since: a worker looks whether the file names them.
    may_name_erased = models.BooleanField(default=False, db_default=False)
    # How many times that was said; who has looked tells by it whether somebody was erased meanwhile.
    erasures = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return str(self.people_import)


class ImportRow(models.Model):
    """One row of a file: what it says in the columns that are used, and what is or was done with it."""

    class Outcome(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        REJECTED = "rejected", _("Not accepted")
        UNDONE = "undone", _("Taken back")

    people_import = models.ForeignKey(PeopleImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    # Field of the register to text of the file; columns that are not used are not kept.
    values = models.JSONField()
    # The main address in small letters, so that rows of a person who is erased are found.
    email = models.CharField(max_length=254, blank=True, db_index=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    reason = models.CharField(max_length=500, blank=True)
    # What is or was changed, [label, old, new], and what the user should know besides.
    changes = models.JSONField(default=list)
    remarks = models.JSONField(default=list)
    person = models.ForeignKey("directory.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)
    # When the row of a new person was looked at to be taken back, whether the person went or stays.
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["people_import", "number"], name="import_row_number_once")
        ]
        indexes = [models.Index(fields=["people_import", "outcome", "number"])]

    def __str__(self) -> str:
        return f"{self.people_import}, {self.number}"

    @property
    def shown_name(self) -> str:
        """The name as it stands in the file."""
        names = (self.values.get(field, "") for field in ("name", "first_name", "last_name"))
        return " ".join(name for name in names if name)

    @property
    def shown_email(self) -> str:
        """The address, or what stood in its place."""
        return self.email or self.values.get("email", "")
