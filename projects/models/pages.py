"""Project pages and the list of them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.search import index

from core.models import BodyMixin, ContentPage


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
