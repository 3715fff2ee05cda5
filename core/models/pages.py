"""The front page and the plain page types around the content."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField

from core.blocks import FrontPageStreamBlock
from core.models.base import BodyMixin, ContentPage

# Every type that may stand directly under the front page. Named here once; other apps' types by label.
TOP_LEVEL_TYPES = [
    "core.SectionPage",
    "core.StandardPage",
    "core.ArticleIndexPage",
    "core.GuideIndexPage",
    "core.GlossaryPage",
    "core.TopicIndexPage",
    "core.ContactPage",
    "publications.PublicationIndexPage",
    "projects.ProjectIndexPage",
    "networks.NetworkIndexPage",
    "events.EventIndexPage",
    "elearning.CourseIndexPage",
    "newsletters.LetterArchivePage",
]


class HomePage(ContentPage):
    """The front page: search, shortcuts by audience, topics, news and events."""

    search_prompt = models.CharField(
        _("search prompt"),
        max_length=80,
        blank=True,
        help_text=_("The question above the search field. Left empty, a standard question is shown."),
    )
    body = StreamField(
        FrontPageStreamBlock(),
        verbose_name=_("sections"),
        blank=True,
        help_text=_("The front page's sections in order. Left empty, only search and navigation are shown."),
    )

    template = "core/home_page.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = TOP_LEVEL_TYPES
    max_count = 1
    page_description = _("The site's front page.")
    schema_type = "WebSite"
    asks_for_feedback = False

    content_panels = [*ContentPage.content_panels, FieldPanel("search_prompt"), FieldPanel("body")]

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")


class SectionPage(BodyMixin, ContentPage):
    """A page that gathers other pages for an audience or a purpose, e.g. "For klinikere"."""

    template = "core/section_page.html"
    parent_page_types = ["core.HomePage", "core.SectionPage"]
    subpage_types = ["core.SectionPage", "core.StandardPage", "core.GuidePage"]
    page_description = _("Gathers pages for an audience or a purpose and lists the pages below it.")

    content_panels = [*ContentPage.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")


class StandardPage(BodyMixin, ContentPage):
    """A plain page: about us, privacy, accessibility."""

    template = "core/standard_page.html"
    parent_page_types = ["core.HomePage", "core.SectionPage", "projects.ProjectPage", "networks.NetworkPage"]
    subpage_types: list[str] = []
    page_description = _("A plain page, for example about us, privacy or accessibility.")
    schema_type = "WebPage"

    content_panels = [*ContentPage.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")


class ContactPage(BodyMixin, ContentPage):
    """How to reach the service, and its staff by role."""

    shows_roles = models.BooleanField(
        _("show staff roles"),
        default=True,
        help_text=_("Lists everyone marked as public under staff roles. Turned off, only the text is shown."),
    )

    template = "core/contact_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types: list[str] = []
    max_count = 1
    page_description = _("Contact details and staff by role.")
    schema_type = "ContactPage"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel([FieldPanel("shows_roles"), FieldPanel("body")], heading=_("Content")),
    ]

    class Meta:
        verbose_name = _("contact page")
        verbose_name_plural = _("contact pages")
