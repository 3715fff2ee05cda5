"""Publications and their catalogue."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.search import index

from core.models import BodyMixin, ContentPage

# More copies than this are agreed on by mail, not by a form.
MOST_COPIES = 500
# A summary whose source was read longer ago than this asks readers to look for a newer edition (days).
SOURCE_AGE_DAYS = 365


class PublicationIndexPage(ContentPage):
    """The catalogue of publications, filtered by kind, topic and year."""

    template = "publications/publication_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["publications.PublicationPage"]
    max_count = 1
    page_description = _("Lists all publications with filters.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("publication index")
        verbose_name_plural = _("publication indexes")


class PublicationPage(BodyMixin, ContentPage):
    """A publication: report, handbook, checklist, article, guideline summary …"""

    class Kind(models.TextChoices):
        SERIES = "series", _("Publication series")
        REPORT = "report", _("Report")
        HANDBOOK = "handbook", _("Handbook")
        CHECKLIST = "checklist", _("Checklist")
        FACT_SHEET = "fact_sheet", _("Fact sheet")
        BROCHURE = "brochure", _("Brochure")
        ARTICLE = "article", _("Scientific article")
        CHAPTER = "chapter", _("Book chapter")
        CONSULTATION = "consultation", _("Consultation statement")
        SUMMARY = "summary", _("Knowledge summary")
        TEACHING = "teaching", _("Teaching package")
        THESIS = "thesis", _("Thesis")
        GUIDELINE = "guideline", _("National guideline, summary")
        PLAN = "plan", _("Strategy or plan")

    kind = models.CharField(
        _("kind"),
        max_length=14,
        choices=Kind,
        default=Kind.REPORT,
        help_text=_("Shown on the card; the catalogue can be filtered by it."),
    )
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("Year of publication."))
    authors = models.CharField(
        _("authors"),
        max_length=300,
        blank=True,
        help_text=_("Separated by semicolons. Left empty, the publisher stands alone."),
    )
    publisher = models.CharField(
        _("publisher"), max_length=200, blank=True, help_text=_("Left empty, the service itself is named.")
    )
    series_number = models.CharField(
        _("number in series"),
        max_length=40,
        blank=True,
        help_text=_("E.g. 1/2014 or IS-2219. Left empty, not shown."),
    )
    isbn = models.CharField(_("ISBN"), max_length=20, blank=True, help_text=_("Left empty, not shown."))
    doi = models.CharField(
        _("DOI"), max_length=120, blank=True, help_text=_("Without https://doi.org/. Left empty, not shown.")
    )
    external_url = models.URLField(
        _("address elsewhere"),
        blank=True,
        help_text=_("Where the original is read. Left empty, the documents in the text count."),
    )
    source = models.CharField(
        _("source"),
        max_length=300,
        blank=True,
        help_text=_(
            "For summaries of guidelines: the original's owner, title and number. Left empty, publisher and"
            " number stand instead."
        ),
    )
    source_version = models.CharField(
        _("version of the source"),
        max_length=80,
        blank=True,
        help_text=_("For summaries of guidelines. Left empty, not shown."),
    )
    source_fetched = models.DateField(
        _("source read on"),
        null=True,
        blank=True,
        help_text=_("For summaries: when the source was last read. Left empty, not shown."),
    )
    is_superseded = models.BooleanField(
        _("replaced by a newer edition"),
        default=False,
        help_text=_("Warns readers that the original has been replaced. Turned off, no warning is shown."),
    )
    can_be_ordered = models.BooleanField(
        _("can be ordered in print"),
        default=False,
        help_text=_("Shows an order form. Turned off, the form is hidden."),
    )

    template = "publications/publication_page.html"
    parent_page_types = ["publications.PublicationIndexPage"]
    subpage_types: list[str] = []
    page_description = _("One publication in the catalogue.")

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel(
            [
                FieldPanel("kind"),
                FieldPanel("year"),
                FieldPanel("authors"),
                FieldPanel("publisher"),
                FieldPanel("series_number"),
            ],
            heading=_("Publication"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("isbn"),
                FieldPanel("doi"),
                FieldPanel("external_url"),
                FieldPanel("source"),
                FieldPanel("source_version"),
                FieldPanel("source_fetched"),
                FieldPanel("is_superseded"),
                FieldPanel("can_be_ordered"),
            ],
            heading=_("Source and access"),
        ),
        FieldPanel("body"),
    ]
    search_fields = [
        *ContentPage.search_fields,
        index.SearchField("authors"),
        index.SearchField("series_number"),
        index.FilterField("kind"),
        index.FilterField("year"),
    ]

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    @property
    def schema_type(self) -> str:
        """Scientific articles and chapters are scholarly articles; the rest are reports."""
        return (
            "ScholarlyArticle"
            if self.kind in {self.Kind.ARTICLE, self.Kind.CHAPTER, self.Kind.THESIS}
            else "Report"
        )

    @property
    def author_list(self) -> list[str]:
        """The authors' names in order."""
        return [name.strip() for name in self.authors.split(";") if name.strip()]

    @property
    def is_summary_of_guideline(self) -> bool:
        """Whether the page retells somebody else's guideline, and must say so."""
        return self.kind == self.Kind.GUIDELINE

    @property
    def source_is_old(self) -> bool:
        """Whether the source was read so long ago that readers should check for a newer edition."""
        if not self.source_fetched:
            return False
        return (timezone.localdate() - self.source_fetched).days > SOURCE_AGE_DAYS

    def structured_data(self) -> dict:
        """What schema.org knows of a publication beyond every page."""
        data: dict = {"datePublished": str(self.year)} if self.year else {}
        if self.publisher:
            data["publisher"] = data["author"] = {"@type": "Organization", "name": self.publisher}
        if self.author_list:
            data["author"] = [{"@type": "Person", "name": name} for name in self.author_list]
        if self.isbn:
            # The property "isbn" is a book's alone.
            data["identifier"] = {"@type": "PropertyValue", "propertyID": "ISBN", "value": self.isbn}
        if self.doi:
            data["sameAs"] = f"https://doi.org/{self.doi}"
        return data


class PrintOrder(models.Model):
    """An order of printed copies; the address is erased when the order is sent."""

    class Status(models.TextChoices):
        RECEIVED = "received", _("Received")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")

    publication = models.ForeignKey(
        PublicationPage,
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("publication"),
        help_text=_("What is to be sent."),
    )
    # The form's random number: the same form sent twice is one order.
    form_id = models.CharField(max_length=32, unique=True, editable=False)
    copies = models.PositiveIntegerField(
        _("copies"),
        validators=[MinValueValidator(1), MaxValueValidator(MOST_COPIES)],
        help_text=_("How many copies to send."),
    )
    organisation = models.CharField(
        _("organisation"), max_length=150, help_text=_("Where the copies will be used.")
    )
    name = models.CharField(_("name"), max_length=120, help_text=_("Who the parcel is addressed to."))
    email = models.EmailField(_("e-mail"), help_text=_("Where the receipt goes."))
    address = models.TextField(
        _("postal address"),
        max_length=400,
        blank=True,
        help_text=_(
            "Erased when the order is marked as sent or cancelled. Left empty, there is nowhere to send it."
        ),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.RECEIVED,
        help_text=_("“Sent” and “Cancelled” erase the postal address."),
    )
    ordered_at = models.DateTimeField(_("ordered"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)
    # Found by query until the receipt is sent, so that a lost broker loses nothing.
    receipt_due = models.BooleanField(default=True, editable=False)

    class Meta:
        ordering = ["-ordered_at"]
        verbose_name = _("print order")
        verbose_name_plural = _("print orders")

    def __str__(self) -> str:
        return f"{self.copies} × {self.publication}"
