"""The site's blocks: one stream for page bodies and one narrow variant for letters."""

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
from core.blocks.letters import ButtonBlock, DividerBlock, EventListBlock, LetterStreamBlock
from core.blocks.links import FooterLinkBlock, LinkBlock, PageCardsBlock
from core.blocks.streams import (
    BodyStreamBlock,
    FrontPageStreamBlock,
    NotesStreamBlock,
    ReferencesStreamBlock,
)

__all__ = [
    "BodyStreamBlock",
    "ButtonBlock",
    "ChartBlock",
    "ChecklistBlock",
    "ContactBlock",
    "DividerBlock",
    "DocumentsBlock",
    "EventListBlock",
    "FactBoxBlock",
    "FilmBlock",
    "FooterLinkBlock",
    "FrontPageStreamBlock",
    "HeadingBlock",
    "LetterStreamBlock",
    "LinkBlock",
    "NotesStreamBlock",
    "PageCardsBlock",
    "PictureBlock",
    "QuoteBlock",
    "ReferencesStreamBlock",
    "SourcesBlock",
    "StepsBlock",
    "TableBlock",
    "TextBlock",
]
