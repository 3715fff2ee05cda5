"""The public archive and the letters in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.search import index

from core.blocks import LetterStreamBlock
from core.models import ContentPage
from newsletters.models.series import Series


class LetterArchivePage(ContentPage):
    """The archive: of all series at the top, of one series below it."""

    series = models.OneToOneField(
        Series,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="archive",
        verbose_name=_("letter series"),
        help_text=_("The series whose letters stand here. Left empty, the page lists every series."),
    )

    template = "newsletters/letter_archive_page.html"
    parent_page_types = ["core.HomePage", "newsletters.LetterArchivePage"]
    subpage_types = ["newsletters.LetterArchivePage", "newsletters.LetterPage"]
    page_description = _("The public archive of sent letters.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    content_panels = [*ContentPage.content_panels, FieldPanel("series")]

    class Meta:
        verbose_name = _("letter archive")
        verbose_name_plural = _("letter archives")


class LetterPage(ContentPage):
    """One letter. Publishing shows it in the archive and never sends it; sending has its own page."""

    number = models.PositiveSmallIntegerField(_("number"), help_text=_("The letter's number in its year."))
    year = models.PositiveSmallIntegerField(
        _("year"), help_text=_("Stands beside the number; the archive is sorted by it.")
    )
    subject = models.CharField(
        _("subject"),
        max_length=120,
        blank=True,
        help_text=_("The mail's subject line. Left empty, the title is used."),
    )
    preheader = models.CharField(
        _("preheader"),
        max_length=150,
        blank=True,
        help_text=_("The line mail programs show after the subject. Left empty, the lead is used."),
    )
    is_important = models.BooleanField(
        _("important letter"),
        default=False,
        db_default=False,
        help_text=_(
            "Goes also to those who want only the most important letters. Turned off, they do not get it; a pause"
            " holds either way."
        ),
    )
    body = StreamField(
        LetterStreamBlock(),
        verbose_name=_("body"),
        blank=True,
        help_text=_("The letter's content, block by block. Left empty, the letter cannot be sent."),
    )

    template = "newsletters/letter_page.html"
    parent_page_types = ["newsletters.LetterArchivePage"]
    subpage_types: list[str] = []
    page_description = _("A letter to subscribers, shown in the archive once it is sent.")
    schema_type = "Article"
    asks_for_feedback = False

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("number"), FieldPanel("year")]),
                FieldPanel("subject"),
                FieldPanel("preheader"),
                FieldPanel("is_important"),
            ],
            heading=_("Letter"),
        ),
        FieldPanel("body"),
    ]
    search_fields = [*ContentPage.search_fields, index.FilterField("year")]

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        permissions = [("send_letter", "Can send letters")]

    PREVIEWS = [
        ("", _("Web page")),
        ("email", _("E-mail")),
        ("phone", _("E-mail on a phone")),
        ("no_pictures", _("E-mail without pictures")),
        ("text", _("E-mail as text")),
    ]

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """The ways an adviser can look at the letter before it is sent."""
        return self.PREVIEWS

    def serve_preview(self, request, mode_name):
        """Show the web page as any page, the mail modes as mail programs show them."""
        if not mode_name:
            return super().serve_preview(request, mode_name)
        # Rendering imports the models.
        from newsletters.views.preview import preview

        return preview(self, mode_name)

    @property
    def series(self) -> Series | None:
        """The series of the archive the letter stands in."""
        above = self.path[: -self.steplen] if self.path else ""
        return Series.objects.filter(archive__path=above).first() if above else None

    @property
    def subject_line(self) -> str:
        """The subject, or the title."""
        return self.subject or self.title
