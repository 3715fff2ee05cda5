"""Rich text as a text part that is pleasant to read: wrapped lines, dashes for lists, addresses under the paragraph.

Where a paragraph has several links, each carries the number of its address.
"""

import re
import textwrap
from html.parser import HTMLParser

WIDTH = 68
# Stands behind a link's words until it is known whether its paragraph has another one.
NUMBER = "\ue000{}\ue000"
NUMBERS = re.compile("\ue000(\\d+)\ue000")
BLOCKS = {"p", "h2", "h3", "h4", "li", "blockquote", "div"}


def wrap(text: str, *, indent: str = "", first: str | None = None) -> str:
    """Return text broken at WIDTH; `first` begins the first line, `indent` the others. Addresses are never cut."""
    paragraphs = [" ".join(line.split()) for line in str(text).splitlines() if line.strip()]
    return "\n".join(
        textwrap.fill(
            paragraph,
            WIDTH,
            initial_indent=indent if first is None or index else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for index, paragraph in enumerate(paragraphs)
    )


def from_html(html: str) -> str:
    """Return the text of a piece of rich text."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Collects blocks; a link's address follows its block, except where its text is the address itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[str] = []
        self.words: list[str] = []
        self.addresses: list[str] = []
        self.lists: list[int] = []
        self.first = ""
        self.href = ""
        self.link_words: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in BLOCKS:
            self._end_block()
        if tag in ("ul", "ol"):
            self._end_block()
            self.lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self.first = self._bullet()
        elif tag == "br":
            self.words.append("\n")
        elif tag == "a":
            self.href, self.link_words = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag):
        if tag == "a":
            self._end_link()
        elif tag in BLOCKS:
            self._end_block()
        elif tag in ("ul", "ol") and self.lists:
            self._end_block()
            self.lists.pop()
            self._close_list()

    def handle_data(self, data):
        self.words.append(data)
        self.link_words.append(data)

    def text(self) -> str:
        self._end_block()
        return "\n".join(self.blocks).strip("\n")

    def _bullet(self) -> str:
        depth = "  " * max(len(self.lists) - 1, 0)
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            return f"{depth}{self.lists[-1]}. "
        return f"{depth}– "

    def _end_link(self) -> None:
        address = self.href.removeprefix("mailto:").removeprefix("tel:")
        if address and address not in "".join(self.link_words):
            if address not in self.addresses:
                self.addresses.append(address)
            self.words.append(NUMBER.format(self.addresses.index(address) + 1))
        self.href = ""

    def _end_block(self) -> None:
        text = "".join(self.words).strip()
        if text:
            indent = " " * len(self.first)
            several = len(self.addresses) > 1
            words = NUMBERS.sub(r" [\1]" if several else "", text)
            lines = [wrap(words, indent=indent, first=self.first)]
            for number, address in enumerate(self.addresses, start=1):
                lines.append(f"{indent}[{number}] {address}" if several else f"{indent}{address}")
            # Points of a list stand close together; paragraphs have air between them.
            self.blocks.append("\n".join(lines) + ("" if self.lists else "\n"))
        self.words, self.addresses, self.first = [], [], ""

    def _close_list(self) -> None:
        if self.blocks and not self.lists:
            self.blocks[-1] += "\n"
