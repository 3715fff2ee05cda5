"""Blocks of text, pictures, films and boxes."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.snippets.blocks import SnippetChooserBlock

from core.blocks.choosers import PictureChooserBlock, RoleChooserBlock

TEXT_FEATURES = ["h3", "h4", "bold", "italic", "ol", "ul", "link", "document-link"]
PLAIN_FEATURES = ["bold", "italic", "link", "ul", "ol"]


class HeadingBlock(blocks.StructBlock):
    """A heading of the page's own outline; gets a stable anchor."""

    text = blocks.CharBlock(
        label=_("Heading"), max_length=150, help_text=_("Shown in the page and used as its address there.")
    )
    level = blocks.ChoiceBlock(
        search_index=False,
        label=_("Level"),
        choices=[("2", _("Main heading")), ("3", _("Sub-heading"))],
        default="2",
        help_text=_("Main headings stand in the page's contents."),
    )

    class Meta:
        icon = "title"
        label = _("Heading")
        description = _("A heading with its own address on the page.")
        template = "core/blocks/heading.html"
        email_template = "newsletters/blocks/heading.mjml"
        preview_value = {"text": "Når pasienten vurderer å avbryte", "level": "2"}


class TextBlock(blocks.RichTextBlock):
    """Running text."""

    def __init__(self, **kwargs):
        super().__init__(**{"features": TEXT_FEATURES, **kwargs})

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        description = _("Running text with headings, lists and links.")
        template = "core/blocks/text.html"
        email_template = "newsletters/blocks/text.mjml"
        preview_value = (
            "<p>De fleste avbrudd skjer i de første ukene. Et tidlig møte om mål gjør det lettere å bli.</p>"
        )


class PictureBlock(blocks.StructBlock):
    """A picture with alternative text and caption."""

    image = PictureChooserBlock(label=_("Picture"), help_text=_("Cut and scaled by itself for each screen."))
    alt = blocks.CharBlock(
        label=_("Alternative text"),
        required=False,
        max_length=250,
        help_text=_(
            "What the picture tells, for those who cannot see it. Left empty, the picture "
            "counts as decoration."
        ),
    )
    caption = blocks.CharBlock(
        label=_("Caption"),
        required=False,
        max_length=250,
        help_text=_("Shown under the picture. Left empty, only the credit is shown."),
    )

    class Meta:
        icon = "image"
        label = _("Picture")
        description = _("A picture with alternative text, caption and credit.")
        template = "core/blocks/picture.html"
        email_template = "newsletters/blocks/picture.mjml"


class FilmBlock(blocks.StructBlock):
    """A film that is fetched only after a click."""

    film = SnippetChooserBlock(
        "core.Film", label=_("Film"), help_text=_("Chosen from the shared films, with captions and text.")
    )

    class Meta:
        icon = "media"
        label = _("Film")
        description = _("A film; nothing is fetched from the film service before the reader's click.")
        template = "core/blocks/film.html"


class FactBoxBlock(blocks.StructBlock):
    """A box that stands out from the text."""

    title = blocks.CharBlock(label=_("Heading"), max_length=120, help_text=_("Shown at the top of the box."))
    text = blocks.RichTextBlock(
        label=_("Text"), features=PLAIN_FEATURES, help_text=_("What the box says, briefly.")
    )

    class Meta:
        icon = "info-circle"
        label = _("Fact box")
        description = _("A box with facts beside the running text.")
        template = "core/blocks/fact_box.html"
        preview_value = {"title": "Kort fortalt", "text": "<p>Rett til vurdering innen ti virkedager.</p>"}


class QuoteBlock(blocks.StructBlock):
    """A quotation with its source."""

    text = blocks.TextBlock(
        label=_("Quotation"),
        max_length=600,
        help_text=_("The words as they were said, without quotation marks."),
    )
    source = blocks.CharBlock(
        label=_("Source"),
        required=False,
        max_length=150,
        help_text=_("Who said it, by role. Left empty, no source is shown."),
    )

    class Meta:
        icon = "openquote"
        label = _("Quotation")
        description = _("What someone said, with their role.")
        template = "core/blocks/quote.html"
        email_template = "newsletters/blocks/quote.mjml"
        preview_value = {
            "text": "Jeg ble fordi noen spurte hva som var viktig for meg.",
            "source": "Erfaringskonsulent",
        }


class StepsBlock(blocks.StructBlock):
    """Steps in order."""

    title = blocks.CharBlock(
        label=_("Heading"), required=False, max_length=120, help_text=_("Left empty, the steps stand alone.")
    )
    items = blocks.ListBlock(
        blocks.RichTextBlock(features=["bold", "italic", "link"], label=_("Step")),
        label=_("Steps"),
        min_num=1,
        help_text=_("Numbered in this order."),
    )

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        description = _("Numbered steps that follow each other.")
        template = "core/blocks/steps.html"
        preview_value = {
            "title": "Slik gjør dere",
            "items": ["<p>Spør om mål.</p>", "<p>Avtal neste møte.</p>"],
        }


class ChecklistBlock(blocks.StructBlock):
    """A list to tick off, on screen or printed."""

    title = blocks.CharBlock(
        label=_("Heading"), max_length=120, help_text=_("Shown above the points and on paper.")
    )
    items = blocks.ListBlock(
        blocks.CharBlock(max_length=300, label=_("Point")),
        label=_("Points"),
        min_num=1,
        help_text=_("One thing to tick off in each."),
    )

    class Meta:
        icon = "tasks"
        label = _("Checklist")
        description = _("Points to tick off; ticks stay in the reader's browser and are never sent.")
        template = "core/blocks/checklist.html"
        preview_value = {"title": "Før første samtale", "items": ["Avklar tolk", "Finn et rolig rom"]}


class SourcesBlock(blocks.StructBlock):
    """The three sources of knowledge, shown side by side as equals."""

    research = blocks.RichTextBlock(
        label=_("Research"), features=PLAIN_FEATURES, help_text=_("What studies show, with references.")
    )
    clinical = blocks.RichTextBlock(
        label=_("Clinical experience"),
        features=PLAIN_FEATURES,
        help_text=_("What those who treat have seen work."),
    )
    user = blocks.RichTextBlock(
        label=_("User experience"), features=PLAIN_FEATURES, help_text=_("What patients and relatives tell.")
    )

    class Meta:
        icon = "group"
        label = _("Sources of knowledge")
        description = _("Research, clinical experience and user experience as equals.")
        template = "core/blocks/sources.html"
        preview_value = {
            "research": "<p>Studier viser at tidlig kontakt demper avbrudd.</p>",
            "clinical": "<p>Team som ringer samme dag, mister færre.</p>",
            "user": "<p>Det hjelper å bli spurt.</p>",
        }


class ContactBlock(blocks.StructBlock):
    """A staff role to ask."""

    role = RoleChooserBlock(
        "core.StaffRole", label=_("Staff role"), help_text=_("Whose address and telephone are shown.")
    )

    class Meta:
        icon = "user"
        label = _("Contact")
        description = _("Who readers can ask about this.")
        template = "core/blocks/contact.html"
