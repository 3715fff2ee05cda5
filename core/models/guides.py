"""Guides: long texts whose chapters are child pages."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField

from core.blocks import BodyStreamBlock, NotesStreamBlock, ReferencesStreamBlock
from core.models.base import BodyMixin, ContentPage


class GuideIndexPage(ContentPage):
    """The list of guides."""

    template = "core/guide_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["core.GuidePage"]
    max_count = 1
    page_description = _("Lists all guides.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("guide index")
        verbose_name_plural = _("guide indexes")


class GuidePage(BodyMixin, ContentPage):
    """A guide: introduction, numbered contents, references and a print view of all chapters."""

    references = StreamField(
        ReferencesStreamBlock(),
        verbose_name=_("references"),
        blank=True,
        help_text=_(
            "The guide's sources, numbered in this order. Left empty, no list of references is shown."
        ),
    )

    template = "core/guide_page.html"
    parent_page_types = ["core.GuideIndexPage", "core.SectionPage"]
    subpage_types = ["core.ChapterPage"]
    page_description = _("A long text in chapters, for example a summary of a guideline.")

    content_panels = [*ContentPage.content_panels, FieldPanel("body"), FieldPanel("references")]

    class Meta:
        verbose_name = _("guide")
        verbose_name_plural = _("guides")


class ChapterPage(ContentPage):
    """One chapter of a guide, with its own address, editing and search hit."""

    body = StreamField(
        BodyStreamBlock(),
        verbose_name=_("body"),
        blank=True,
        help_text=_("The chapter's content, block by block. Left empty, only title and lead are shown."),
    )
    footnotes = StreamField(
        NotesStreamBlock(),
        verbose_name=_("footnotes"),
        blank=True,
        help_text=_(
            "Numbered in this order; write [^1] in the text where note 1 belongs. Left empty, "
            "no notes are shown."
        ),
    )

    template = "core/chapter_page.html"
    parent_page_types = ["core.GuidePage"]
    subpage_types: list[str] = []
    page_description = _("A chapter of the guide.")

    content_panels = [*ContentPage.content_panels, FieldPanel("body"), FieldPanel("footnotes")]

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
