"""Courses and their modules."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.search import index

from core.blocks import BodyStreamBlock
from core.models import BodyMixin, ContentPage


class CourseIndexPage(ContentPage):
    """The course catalogue: own courses and those of others."""

    template = "elearning/course_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["elearning.CoursePage"]
    max_count = 1
    page_description = _("Lists all courses.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("course index")
        verbose_name_plural = _("course indexes")


class CoursePage(BodyMixin, ContentPage):
    """An e-learning course; its modules are child pages. May point to a course elsewhere."""

    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=30, help_text=_("Estimated time for the whole course.")
    )
    target_groups = models.CharField(
        _("target groups"), max_length=250, blank=True, help_text=_("Left empty, the course is for all.")
    )
    approvals = models.TextField(
        _("professional approvals"),
        blank=True,
        help_text=_("As text, e.g. which associations count it. Left empty, not shown."),
    )
    provider = models.CharField(
        _("provider"),
        max_length=150,
        blank=True,
        help_text=_("Who offers the course. Left empty, the service itself."),
    )
    external_url = models.URLField(
        _("address elsewhere"),
        blank=True,
        help_text=_("For courses of others. Left empty, the course is taken here."),
    )

    template = "elearning/course_page.html"
    parent_page_types = ["elearning.CourseIndexPage"]
    subpage_types = ["elearning.ModulePage"]
    page_description = _("A course with modules, or a pointer to a course elsewhere.")
    schema_type = "Course"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("minutes"),
                FieldPanel("target_groups"),
                FieldPanel("approvals"),
                FieldPanel("provider"),
                FieldPanel("external_url"),
            ],
            heading=_("Course"),
        ),
        FieldPanel("body"),
    ]
    search_fields = [*ContentPage.search_fields, index.FilterField("minutes")]

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    @property
    def is_external(self) -> bool:
        """Whether the course is taken elsewhere."""
        return bool(self.external_url)

    def structured_data(self) -> dict:
        """What schema.org knows of a course beyond every page."""
        data: dict = {"timeRequired": f"PT{self.minutes}M"} if self.minutes else {}
        if self.provider:
            data["provider"] = {"@type": "Organization", "name": self.provider}
        if self.external_url:
            data["sameAs"] = self.external_url
        return data


class ChapterBlock(blocks.StructBlock):
    """A chapter of a module."""

    title = blocks.CharBlock(
        label=_("Title"), max_length=150, help_text=_("Shown above the chapter and in the module's contents.")
    )
    body = BodyStreamBlock(label=_("Content"), help_text=_("The chapter's content, in blocks."))

    class Meta:
        icon = "doc-full"
        label = _("Chapter")
        description = _("One chapter of the module.")
        template = "elearning/blocks/chapter.html"


class ModulePage(ContentPage):
    """A module of a course; its chapters are blocks."""

    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=10, help_text=_("Estimated time for the module.")
    )
    chapters = StreamField(
        [("chapter", ChapterBlock())],
        verbose_name=_("chapters"),
        blank=True,
        help_text=_("In order. Left empty, only title and lead are shown."),
    )

    template = "elearning/module_page.html"
    parent_page_types = ["elearning.CoursePage"]
    subpage_types: list[str] = []
    page_description = _("A module of the course.")
    schema_type = "LearningResource"

    content_panels = [*ContentPage.content_panels, FieldPanel("minutes"), FieldPanel("chapters")]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def structured_data(self) -> dict:
        """What schema.org knows of a module beyond every page."""
        return {"timeRequired": f"PT{self.minutes}M"} if self.minutes else {}
