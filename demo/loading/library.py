"""What the texts refer to by name: pages, pictures, roles, films, documents."""

import re
from dataclasses import dataclass, field
from typing import Any

from core.models import ContentPage, Film, PortalDocument, PortalImage, StaffRole

_PAGE_LINK = re.compile(r'<a href="page:([^"]+)">')


class MissingReference(LookupError):
    """A text names something that the demo does not hold."""


@dataclass
class Library:
    """Everything loaded so far, by the names the texts use. Pages are named "<type>/<slug>"."""

    pages: dict[str, ContentPage] = field(default_factory=dict)
    pictures: dict[str, PortalImage] = field(default_factory=dict)
    picture_texts: dict[str, dict[str, str]] = field(default_factory=dict)
    roles: dict[str, StaffRole] = field(default_factory=dict)
    role_texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    films: dict[str, Film] = field(default_factory=dict)
    documents: dict[str, PortalDocument] = field(default_factory=dict)
    # Pages made in this run, with the text each was made from: only these get bodies.
    new: list[tuple[ContentPage, dict[str, Any]]] = field(default_factory=list)

    def page(self, name: str) -> ContentPage:
        """The page of this name; raises MissingReference when there is none."""
        return self._find(self.pages, name.removeprefix("page:"), "page")

    def find(self, kind: str, name: str) -> Any:
        """A "picture", "role", "film" or "document" by name; raises MissingReference."""
        return self._find(getattr(self, f"{kind}s"), name, kind)

    @staticmethod
    def _find(shelf: dict[str, Any], name: str, kind: str) -> Any:
        try:
            return shelf[name]
        except KeyError as error:
            raise MissingReference(
                f"The demo's texts name the {kind} “{name}”, which does not exist."
            ) from error

    def rich_text(self, html: str) -> str:
        """Turn links to named pages into Wagtail's own page links."""
        return _PAGE_LINK.sub(lambda m: f'<a linktype="page" id="{self.page(m[1]).pk}">', html)

    def address(self, name: str) -> str:
        """The address of a named page."""
        return self.page(name).url or ""
