"""The streams that page types use."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from core.blocks.content import (
    ChecklistBlock,
    ContactBlock,
    FactBoxBlock,
    FilmBlock,
    HeadingBlock,
    PictureBlock,
    QuoteBlock,
    SourcesBlock,
    StepsBlock,
    TextBlock,
)
from core.blocks.data import ChartBlock, DocumentsBlock, TableBlock
from core.blocks.links import LinkBlock, PageCardsBlock


class BodyStreamBlock(blocks.StreamBlock):
    """The one stream of page bodies."""

    heading = HeadingBlock()
    text = TextBlock()
    picture = PictureBlock()
    film = FilmBlock()
    fact_box = FactBoxBlock()
    quote = QuoteBlock()
    table = TableBlock()
    chart = ChartBlock()
    documents = DocumentsBlock()
    page_cards = PageCardsBlock()
    steps = StepsBlock()
    checklist = ChecklistBlock()
    sources = SourcesBlock()
    contact = ContactBlock()


class ShortcutsBlock(blocks.StructBlock):
    """Shortcuts by audience."""

    title = blocks.CharBlock(label=_("Heading"), max_length=120, help_text=_("Names the audience."))
    links = blocks.ListBlock(
        LinkBlock(), label=_("Shortcuts"), min_num=1, max_num=8, help_text=_("Listed in this order.")
    )

    class Meta:
        icon = "link"
        label = _("Shortcuts")
        description = _("Links for each audience.")
        template = "core/blocks/shortcuts.html"


class LatestBlock(blocks.StructBlock):
    """The newest pages of one kind, fetched when the page is shown."""

    title = blocks.CharBlock(label=_("Heading"), max_length=120, help_text=_("Shown above the list."))
    kind = blocks.ChoiceBlock(
        search_index=False,
        label=_("Shows"),
        choices=[
            ("articles", _("News")),
            ("events", _("Coming events")),
            ("publications", _("Publications")),
            ("guides", _("Guides")),
            ("topics", _("Topics")),
        ],
        help_text=_("Which pages are listed."),
    )
    count = blocks.IntegerBlock(
        label=_("How many"), default=3, min_value=1, max_value=12, help_text=_("The most pages to list.")
    )

    class Meta:
        icon = "list-ul"
        label = _("Newest pages")
        description = _("The newest pages of one kind; keeps itself up to date.")
        template = "core/blocks/latest.html"


class LetterSignupBlock(blocks.StructBlock):
    """An invitation to sign up for letters."""

    title = blocks.CharBlock(label=_("Heading"), max_length=120, help_text=_("Shown above the button."))
    text = blocks.CharBlock(
        label=_("Text"),
        required=False,
        max_length=250,
        help_text=_("Left empty, only heading and button are shown."),
    )

    class Meta:
        icon = "mail"
        label = _("Letter sign-up")
        description = _("Invites readers to sign up for letters.")
        template = "core/blocks/letter_signup.html"


class FrontPageStreamBlock(blocks.StreamBlock):
    """The front page's sections."""

    shortcuts = ShortcutsBlock()
    page_cards = PageCardsBlock()
    latest = LatestBlock()
    letter_signup = LetterSignupBlock()
    fact_box = FactBoxBlock()


class ReferenceBlock(blocks.StructBlock):
    """One source in a list of references."""

    text = blocks.CharBlock(
        label=_("Reference"), max_length=500, help_text=_("Author, year, title and publisher.")
    )
    url = blocks.URLBlock(
        label=_("Address"),
        required=False,
        help_text=_("Where the source can be read. Left empty, the text stands without a link."),
    )

    class Meta:
        icon = "openquote"
        label = _("Reference")
        description = _("One source.")


class ReferencesStreamBlock(blocks.StreamBlock):
    """A numbered list of sources."""

    reference = ReferenceBlock()


class NotesStreamBlock(blocks.StreamBlock):
    """Numbered footnotes."""

    note = blocks.RichTextBlock(label=_("Footnote"), features=["italic", "link"], icon="pilcrow")
