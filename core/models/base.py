"""ContentPage: what every public page has in common."""

from typing import ClassVar

from django.db import models
from django.utils import timezone, translation
from django.utils.functional import cached_property, classproperty
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.search import index

from core.blocks import BodyStreamBlock
from core.parts import is_reading, kept
from core.site_pages import closed_paths
from core.slugs import PortalPageForm, give_address

PAGE_LANGUAGES = [
    ("nb", _("Norwegian Bokmål")),
    ("nn", _("Norwegian Nynorsk")),
    ("se", _("Northern Sámi")),
    ("en", _("English")),
]
INTERFACE_LANGUAGES = {"nb", "nn"}


class ContentPage(Page):
    """Base of every public page type. Concrete, so that one query reads all types (cards, topics, reviews)."""

    lead = models.TextField(
        _("lead"),
        max_length=500,
        blank=True,
        help_text=_(
            "One or two sentences shown first on the page and on its card. Left empty, the card"
            " shows only the title."
        ),
    )
    picture = models.ForeignKey(
        "core.PortalImage",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "Shown at the top of the page, on its card and when it is shared. Left empty, the "
            "page stands without a picture."
        ),
    )
    picture_alt = models.CharField(
        _("alternative text"),
        max_length=250,
        blank=True,
        help_text=_(
            "What the picture tells, for those who cannot see it. Left empty, the picture "
            "counts as decoration."
        ),
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=PAGE_LANGUAGES,
        default="nb",
        help_text=_("The language the text is written in. Menus and buttons follow it."),
    )
    topics = ParentalManyToManyField(
        "core.TopicPage",
        verbose_name=_("topics"),
        blank=True,
        related_name="tagged_pages",
        help_text=_(
            "Topic pages that shall list this page. Left empty, the page is found only through "
            "menu and search."
        ),
    )
    responsible_role = models.ForeignKey(
        "core.StaffRole",
        verbose_name=_("responsible role"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="pages",
        help_text=_(
            "Who answers for the content; shown to readers. Left empty, readers are sent to the contact page."
        ),
    )
    last_reviewed = models.DateField(
        _("last professional review"),
        null=True,
        blank=True,
        help_text=_(
            "Shown to readers as the date the content was last checked. Left empty, the "
            "publishing date is shown."
        ),
    )
    review_by = models.DateField(
        _("review by"),
        null=True,
        blank=True,
        help_text=_(
            "After this date the page is listed as overdue and mailed to its responsible role. "
            "Left empty, nobody is reminded."
        ),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("lead"),
        MultiFieldPanel([FieldPanel("picture"), FieldPanel("picture_alt")], heading=_("Picture")),
    ]
    promote_panels = [
        FieldPanel("language"),
        FieldPanel("topics"),
        MultiFieldPanel(
            [FieldPanel("responsible_role"), FieldPanel("last_reviewed"), FieldPanel("review_by")],
            heading=_("Responsibility and review"),
        ),
        *Page.promote_panels,
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("lead", boost=2),
        index.AutocompleteField("title"),
        index.FilterField("language"),
        index.FilterField("review_by"),
        index.SearchField("streamed_text"),
        index.SearchField("topic_titles"),
    ]

    base_form_class = PortalPageForm

    # What a page type may say of itself; templates and structured data read these.
    schema_type: ClassVar[str] = "MedicalWebPage"
    asks_for_feedback: ClassVar[bool] = True

    class Meta:
        verbose_name = _("content page")
        verbose_name_plural = _("content pages")

    # Nobody creates the base itself.
    is_creatable = False

    def _set_core_field_defaults(self) -> None:
        # Wagtail's own would leave out the stroke of "2/2027", and drafts are not cleaned otherwise.
        give_address(self)
        super()._set_core_field_defaults()

    @classproperty
    def type_label(cls) -> str:
        """The page type's name as readers see it, e.g. "Artikkel"."""
        return cls._meta.verbose_name

    @property
    def interface_language(self) -> str:
        """The language of menus and buttons around this page: the page's own where we have it, else bokmål."""
        return self.language if self.language in INTERFACE_LANGUAGES else "nb"

    @property
    def reviewed_on(self):
        """The date shown as "last professional review": the review's, else that of the last publishing."""
        if self.last_reviewed:
            return self.last_reviewed
        return timezone.localdate(self.last_published_at) if self.last_published_at else None

    # The index asks for these two several times of each page it has read anew, and nobody else does: kept.
    @cached_property
    def topic_titles(self) -> str:
        """The titles of the page's topics, for the search index."""
        return ". ".join(topic.title for topic in self.topics.all())

    @cached_property
    def streamed_text(self) -> str:
        """The plain text of all the page's blocks, for the search index and its excerpts."""
        streams = (field for field in self._meta.get_fields() if isinstance(field, StreamField))
        parts = (
            " ".join(part.split())
            for field in streams
            for part in field.stream_block.get_searchable_content(getattr(self, field.name))
        )
        return " ".join(part if part[-1] in ".!?:" else f"{part}." for part in parts if part)

    @property
    def review_is_overdue(self) -> bool:
        """Whether the page should have been reviewed before today."""
        return self.review_by is not None and self.review_by < timezone.localdate()

    @cached_property
    def topic_list(self) -> list:
        """The page's topics, each with key, title and address, read once however many parts of the page show them."""
        topics = self.topics.all()
        # A preview's unsaved choice is no query. Elsewhere only what a link needs is read: three wide tables are slow.
        return list(
            topics.only("title", "url_path", "live") if isinstance(topics, models.QuerySet) else topics
        )

    def get_view_restrictions(self):
        """Wagtail's answer, asked for only where some page is closed: it costs two queries for every page."""
        if is_reading() and not closed_paths():
            return PageViewRestriction.objects.none()
        return super().get_view_restrictions()

    def _get_site_root_paths(self, cache_object=None):
        """Wagtail's answer, which it fetches from the cache server for each page that it writes the address of."""
        if is_reading():
            return kept("site root paths", Site.get_site_root_paths)
        return super()._get_site_root_paths(cache_object)

    def serve(self, request, *args, **kwargs):
        """Serve with the interface in the page's language (rendering is lazy, so it is activated)."""
        translation.activate(self.interface_language)
        response = super().serve(request, *args, **kwargs)
        # Tells the page cache which page this is; what is not marked is never stored.
        response.served_page_id = self.pk
        return response


class BodyMixin(models.Model):
    """A page whose main text is a stream of the common body blocks."""

    body = StreamField(
        BodyStreamBlock(),
        verbose_name=_("body"),
        blank=True,
        help_text=_("The page's content, block by block. Left empty, only title and lead are shown."),
    )

    class Meta:
        abstract = True
