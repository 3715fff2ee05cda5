"""Anchors of headings and numbers of footnotes, the same in the contents and in the text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.address_words import plain_letters

_NOTE = re.compile(r"\[\^(\d{1,3})\]")


class Anchors:
    """Gives every heading of one page an address of its own: "frister", then "frister-2"."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self.has_outline = False

    def take(self, text: str) -> str:
        """Return the next free anchor for a heading's text."""
        base = slugify(plain_letters(str(text))) or "del"
        # A digit first is valid HTML but awkward to link and to select.
        base = base if base[0].isalpha() else f"del-{base}"
        self._used[base] = self._used.get(base, 0) + 1
        count = self._used[base]
        return base if count == 1 else f"{base}-{count}"


@dataclass(frozen=True)
class Entry:
    """One line of a page's contents."""

    text: str
    anchor: str
    level: int


def outline(body: Iterable) -> list[Entry]:
    """Return the main headings of a stream of blocks with the anchors they get when the stream is shown."""
    anchors = Anchors()
    entries = []
    for block in body:
        if block.block_type != "heading":
            continue
        level = int(block.value["level"])
        anchor = anchors.take(block.value["text"])
        if level == 2:
            entries.append(Entry(block.value["text"], anchor, level))
    return entries


def link_notes(html: str, notes: int, prefix: str, seen: set[str]) -> str:
    """Turn every [^n] into a link to note n of `notes`; a number without a note stays as it was written.

    The first link to a note is where the note's way back leads; `seen` remembers which have been there.
    """

    def link(match: re.Match) -> str:
        number = int(match[1])
        if not 1 <= number <= notes:
            return match[0]
        name = f"{prefix}{number}"
        first = name not in seen
        seen.add(name)
        return format_html(
            '<sup class="tp-noteref"><a href="#fn-{}"{} aria-label="{}">{}</a></sup>',
            name,
            format_html(' id="fnref-{}"', name) if first else "",
            _("Footnote %(number)d") % {"number": number},
            number,
        )

    return _NOTE.sub(link, html)
