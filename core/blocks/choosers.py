"""Choosers whose choices are read together, and shared by the pages that show them.

In migrations each stands as Wagtail's own: what is stored is the same.
"""

from copy import copy

from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from core.cards import cards_of, pictures_of, roles_of
from core.links import linked_pages


def in_order(found: dict, keys: list) -> list:
    """Return a copy of each row in the order of the keys, None for those that are gone."""
    return [copy(found[key]) if key in found else None for key in keys]


class _ReadTogether:
    """What the choosers have in common: `read` gives rows by key, `plain` is the chooser to stand as."""

    plain: str

    def read(self, keys: list) -> dict:
        raise NotImplementedError

    def bulk_to_python(self, values):
        """Return what was chosen in the order of the keys, None for what is gone."""
        return in_order(self.read(values), values)

    def deconstruct(self):
        """Stand as the plain chooser."""
        return self.plain, *super().deconstruct()[1:]  # type: ignore[misc]


class LinkedPageBlock(_ReadTogether, blocks.PageChooserBlock):
    """Chooses a page that a link leads to."""

    plain = "wagtail.blocks.PageChooserBlock"

    def read(self, keys: list) -> dict:
        """Return the pages with their addresses."""
        return linked_pages(keys)


class CardChooserBlock(_ReadTogether, blocks.PageChooserBlock):
    """Chooses a page that is shown as a card: its picture is read along with it."""

    plain = "wagtail.blocks.PageChooserBlock"

    def read(self, keys: list) -> dict:
        """Return the pages with their pictures."""
        return cards_of(keys)


class PictureChooserBlock(_ReadTogether, ImageChooserBlock):
    """Chooses a picture."""

    plain = "wagtail.images.blocks.ImageChooserBlock"

    def read(self, keys: list) -> dict:
        """Return the pictures."""
        return pictures_of(keys)


class RoleChooserBlock(_ReadTogether, SnippetChooserBlock):
    """Chooses a staff role: its portrait is read along with it."""

    plain = "wagtail.snippets.blocks.SnippetChooserBlock"

    def read(self, keys: list) -> dict:
        """Return the roles with their portraits."""
        return roles_of(keys)
