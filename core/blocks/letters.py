"""Blocks that only letters use, and the letters' narrow stream."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from core.blocks.content import HeadingBlock, PictureBlock, QuoteBlock, TextBlock
from core.blocks.links import LinkBlock, PageCardsBlock


class ButtonBlock(LinkBlock):
    """A link that stands out."""

    text = blocks.CharBlock(
        label=_("Text"), max_length=60, help_text=_("What happens on the click, e.g. “Meld deg på”.")
    )

    class Meta:
        icon = "redirect"
        label = _("Button")
        description = _("One link that stands out.")
        template = "core/blocks/button.html"
        email_template = "newsletters/blocks/button.mjml"
        preview_value = {"text": "Meld deg på", "url": "https://example.no/"}


class EventListBlock(blocks.StructBlock):
    """Events with date and place."""

    title = blocks.CharBlock(
        label=_("Heading"), required=False, max_length=120, help_text=_("Left empty, the list stands alone.")
    )
    events = blocks.ListBlock(
        blocks.PageChooserBlock(page_type="events.EventPage", label=_("Event")),
        label=_("Events"),
        help_text=_("Listed in this order. An unpublished event is left out."),
        min_num=1,
        max_num=10,
    )

    class Meta:
        icon = "date"
        label = _("Events")
        description = _("Events with date, place and link.")
        template = "core/blocks/event_list.html"
        email_template = "newsletters/blocks/event_list.mjml"


class DividerBlock(blocks.StaticBlock):
    """A line between two parts."""

    class Meta:
        icon = "horizontalrule"
        label = _("Divider")
        description = _("A line between two parts of the letter.")
        admin_text = _("A line is drawn here.")
        template = "core/blocks/divider.html"
        email_template = "newsletters/blocks/divider.mjml"


class LetterStreamBlock(blocks.StreamBlock):
    """The narrow variant: what e-mail programs can show."""

    heading = HeadingBlock()
    text = TextBlock(features=["bold", "italic", "ol", "ul", "link"])
    picture = PictureBlock()
    button = ButtonBlock()
    page_cards = PageCardsBlock()
    event_list = EventListBlock()
    quote = QuoteBlock()
    divider = DividerBlock()
