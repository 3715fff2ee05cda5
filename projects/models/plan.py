"""A project's plan and results: phases, milestones with activities, outputs. They live in the page's revisions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import Orderable

from projects.deadlines import parse_deadline
from projects.models.pages import ProjectPage


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
