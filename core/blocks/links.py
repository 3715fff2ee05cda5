"""Links and page cards: the one place where a link's target is chosen."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from core.blocks.choosers import CardChooserBlock, LinkedPageBlock


class LinkValue(blocks.StructValue):
    """A chosen link; gives its address and text."""

    @property
    def href(self) -> str:
        """The address: the page's where one is chosen, else the written one; "" when the page is gone or withdrawn."""
        page = self.get("page")
        if page:
            return (page.url or "") if page.live else ""
        return self.get("url") or ""

    @property
    def label(self) -> str:
        """The written text, else the page's title, else the address."""
        page = self.get("page")
        return self.get("text") or (page.title if page else "") or self.href


class LinkBlock(blocks.StructBlock):
    """A link to a page here or an address elsewhere."""

    text = blocks.CharBlock(
        label=_("Text"),
        required=False,
        max_length=120,
        help_text=_("What the link says. Left empty, the page's title is used."),
    )
    page = LinkedPageBlock(
        label=_("Page"),
        required=False,
        help_text=_("A page on this site. Left empty, the address below is used."),
    )
    url = blocks.URLBlock(
        label=_("Address"),
        required=False,
        help_text=_("An address elsewhere. Left empty, a page must be chosen above."),
    )

    class Meta:
        value_class = LinkValue
        icon = "link"
        label = _("Link")
        description = _("A link to a page here or an address elsewhere.")
        template = "core/blocks/link.html"
        preview_value = {"text": "Les mer om behandlingsavbrudd", "url": "https://example.no/"}

    def clean(self, value):
        """Ask for exactly one target."""
        cleaned = super().clean(value)
        if bool(cleaned.get("page")) == bool(cleaned.get("url")):
            message = ValidationError(_("Choose a page or write an address, not both."))
            raise blocks.StructBlockValidationError(block_errors={"url": message})
        return cleaned


class FooterLinkBlock(LinkBlock):
    """A link in the footer; always has its own text."""

    text = blocks.CharBlock(label=_("Text"), max_length=80, help_text=_("What the link says."))


class PageCardsBlock(blocks.StructBlock):
    """Cards that pull title, picture and lead from pages."""

    title = blocks.CharBlock(
        label=_("Heading"),
        required=False,
        max_length=120,
        help_text=_("Above the cards. Left empty, the cards stand alone."),
    )
    pages = blocks.ListBlock(
        CardChooserBlock(page_type="core.ContentPage", label=_("Page")),
        label=_("Pages"),
        min_num=1,
        max_num=12,
        help_text=_("Cards follow this order. An unpublished page is left out."),
    )

    class Meta:
        icon = "grip"
        label = _("Page cards")
        description = _("Shows pages as cards with title, picture and lead.")
        template = "core/blocks/page_cards.html"
        email_template = "newsletters/blocks/page_cards.mjml"
