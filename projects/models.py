"""Projects with phases, milestones, activities, traffic lights."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable
from wagtail.search import index

from core.models import BodyMixin, ContentPage
from projects.deadlines import parse_deadline


class ProjectIndexPage(ContentPage):
    """The list of projects, filtered by kind and status."""

    template = "projects/project_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["projects.ProjectPage"]
    max_count = 1
    page_description = _("Lists all projects with filters.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("project index")
        verbose_name_plural = _("project indexes")


class ProjectPage(BodyMixin, ContentPage):
    """A project: purpose, phases, milestones, funding, outputs."""

    class Kind(models.TextChoices):
        RESEARCH = "research", _("Research")
        COMPETENCE = "competence", _("Competence development and implementation")
        NETWORK = "network", _("National network")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ONGOING = "ongoing", _("Ongoing")
        COMPLETED = "completed", _("Completed")

    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=Kind,
        default=Kind.COMPETENCE,
        help_text=_("Decides where the list of projects shows it."),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.ONGOING,
        help_text=_("Shown on the project; the list can be filtered by it."),
    )
    start_year = models.PositiveSmallIntegerField(
        _("first year"), null=True, blank=True, help_text=_("Left empty, not shown.")
    )
    end_year = models.PositiveSmallIntegerField(
        _("last year"), null=True, blank=True, help_text=_("Left empty, the project has no set end.")
    )
    purpose = models.TextField(
        _("purpose"),
        max_length=500,
        blank=True,
        help_text=_("One sentence, shown first. Left empty, the lead stands alone."),
    )
    partners = models.TextField(
        _("partners"), blank=True, help_text=_("One per line. Left empty, not shown.")
    )
    funding = models.TextField(
        _("funding"), blank=True, help_text=_("In words, with sums. Left empty, not shown.")
    )

    template = "projects/project_page.html"
    parent_page_types = ["projects.ProjectIndexPage"]
    subpage_types = ["core.StandardPage"]
    page_description = _("A project with its plan and results.")
    schema_type = "ResearchProject"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                FieldPanel("status"),
                FieldPanel("start_year"),
                FieldPanel("end_year"),
                FieldPanel("purpose"),
            ],
            heading=_("Project"),
        ),
        FieldPanel("body"),
        InlinePanel("phases", label=_("phase"), heading=_("Phases")),
        InlinePanel("milestones", label=_("milestone"), heading=_("Milestones")),
        InlinePanel("outputs", label=_("output"), heading=_("Outputs")),
        MultiFieldPanel([FieldPanel("partners"), FieldPanel("funding")], heading=_("Partners and funding")),
    ]
    search_fields = [
        *ContentPage.search_fields,
        index.SearchField("purpose"),
        index.FilterField("kind"),
        index.FilterField("status"),
    ]

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    @property
    def partner_list(self) -> list[str]:
        """The partners' names in order."""
        return [line.strip() for line in self.partners.splitlines() if line.strip()]

    @property
    def years(self) -> str:
        """The project's years in words: "2014–2017", "2023–", or nothing."""
        if not self.start_year:
            return str(self.end_year or "")
        return f"{self.start_year}–{self.end_year or ''}"

    def clean(self) -> None:
        """The last year is not before the first."""
        super().clean()
        if self.start_year and self.end_year and self.end_year < self.start_year:
            raise ValidationError({"end_year": _("The last year must not be before the first.")})


class Phase(Orderable):
    """A phase of a project; may carry another name than the project."""

    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="phases")
    name = models.CharField(_("name"), max_length=120, help_text=_("Shown as the heading of the phase."))
    start = models.CharField(
        _("start"),
        max_length=40,
        blank=True,
        help_text=_("As written in the plan, e.g. 2014. Left empty, not shown."),
    )
    end = models.CharField(
        _("end"),
        max_length=40,
        blank=True,
        help_text=_("As written in the plan. Left empty, the phase has no set end."),
    )
    description = models.TextField(
        _("description"), blank=True, help_text=_("Left empty, only name and years are shown.")
    )

    class Meta(Orderable.Meta):
        verbose_name = _("phase")
        verbose_name_plural = _("phases")

    def __str__(self) -> str:
        return self.name


class Milestone(ClusterableModel, Orderable):
    """A milestone with one or more activities."""

    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(
        _("title"), max_length=250, help_text=_("Shown as the heading of its activities.")
    )
    phase_name = models.CharField(
        _("phase"),
        max_length=120,
        blank=True,
        help_text=_("Name of the phase it belongs to. Left empty, it belongs to the whole project."),
    )

    panels = [
        FieldPanel("title"),
        FieldPanel("phase_name"),
        InlinePanel("activities", label=_("activity"), heading=_("Activities")),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")

    def __str__(self) -> str:
        return self.title


class Activity(Orderable):
    """An activity with its own deadline, responsible and status. The deadline is text; dates are read from it."""

    milestone = ParentalKey(Milestone, on_delete=models.CASCADE, related_name="activities")
    text = models.CharField(
        _("activity"), max_length=400, help_text=_("What is to be done, shown in the plan.")
    )
    deadline = models.CharField(
        _("deadline"),
        max_length=80,
        blank=True,
        help_text=_(
            "As you would write it: 31.12.2017, Våren 2018, Løpende. Left empty, no deadline is shown."
        ),
    )
    deadline_start = models.DateField(null=True, blank=True, editable=False)
    deadline_end = models.DateField(null=True, blank=True, editable=False)
    responsible = models.CharField(
        _("responsible"),
        max_length=150,
        blank=True,
        help_text=_("Role, initials or organisation. Left empty, not shown."),
    )
    status = models.CharField(
        _("status"),
        max_length=60,
        blank=True,
        help_text=_("E.g. OK, Utført, Er iverksatt. Left empty, not started."),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("activity")
        verbose_name_plural = _("activities")

    def __str__(self) -> str:
        return self.text

    def save(self, *args, **kwargs):
        """Read the sort dates from the deadline's text; text that cannot be read is kept as it is."""
        self.deadline_start, self.deadline_end = parse_deadline(self.deadline)
        super().save(*args, **kwargs)


class ProjectOutput(Orderable):
    """Something the project made: report, film, course, seminar; with a number where one is known."""

    page = ParentalKey(ProjectPage, on_delete=models.CASCADE, related_name="outputs")
    kind = models.CharField(
        _("kind"),
        max_length=60,
        blank=True,
        help_text=_("E.g. Håndbok, Film, Seminar. Left empty, not shown."),
    )
    text = models.CharField(
        _("output"), max_length=300, help_text=_("What the project made, shown in the list of outputs.")
    )
    number = models.CharField(
        pgettext_lazy("how many", "number"),
        max_length=40,
        blank=True,
        help_text=_("E.g. 16 000. Left empty, not shown."),
    )
    related_page = models.ForeignKey(
        "wagtailcore.Page",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("page"),
        help_text=_("Where it is found here. Left empty, the text stands without a link."),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("output")
        verbose_name_plural = _("outputs")

    def __str__(self) -> str:
        return self.text


class TrafficLight(models.Model):
    """A month's status of a project: time, cost, quality, each green, yellow or red. One row per month."""

    class Colour(models.TextChoices):
        GREEN = "green", _("Green")
        YELLOW = "yellow", _("Yellow")
        RED = "red", _("Red")

    page = models.ForeignKey(
        ProjectPage,
        on_delete=models.PROTECT,
        related_name="traffic_lights",
        verbose_name=_("project"),
        help_text=_("The project the light tells about."),
    )
    month = models.DateField(
        _("month"), default=timezone.localdate, help_text=_("Any day in the month; kept as its first.")
    )
    time = models.CharField(
        _("time"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the plan’s deadlines hold."),
    )
    cost = models.CharField(
        _("cost"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the budget holds."),
    )
    quality = models.CharField(
        _("quality"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the results are as good as planned."),
    )
    comment = models.TextField(
        _("comment"), blank=True, help_text=_("Why, and what is done about it. Left empty when all is green.")
    )

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["page", "month"], name="one_traffic_light_per_project_and_month")
        ]
        verbose_name = _("traffic light")
        verbose_name_plural = _("traffic lights")

    def __str__(self) -> str:
        return f"{self.page} {self.month:%Y-%m}"

    def clean(self) -> None:
        """A light that is not green needs a comment."""
        super().clean()
        if self.month:
            # Also here, so that the form says that the month has its row already.
            self.month = self.month.replace(day=1)
        if self.worst != self.Colour.GREEN and not self.comment.strip():
            raise ValidationError({"comment": _("Say why it is not green, and what is done about it.")})

    @property
    def worst(self) -> str:
        """The gravest of the three colours."""
        order = [self.Colour.GREEN, self.Colour.YELLOW, self.Colour.RED]
        return max((self.time, self.cost, self.quality), key=order.index)

    def save(self, *args, **kwargs):
        """Keep the month as its first day, so that a month has one row."""
        self.month = self.month.replace(day=1)
        super().save(*args, **kwargs)
