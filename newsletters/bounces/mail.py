"""A mail as it came, read without trust: broken headers, foreign letters and forged parts raise nothing."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32
from email.utils import getaddresses
from functools import cached_property
from itertools import islice

from django.conf import settings

from newsletters.plain_text import from_html
from newsletters.return_keys import BOUNCE, UNSUBSCRIBE
from newsletters.return_keys import PATTERN as KEY_PATTERN

# Where mail servers note whom a mail was for; the envelope itself is gone when a mailbox is read.
ENVELOPE_HEADERS = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "To",
    "Cc",
)
KEYED = re.compile(rf"\b({BOUNCE}|{UNSUBSCRIBE})\+({KEY_PATTERN})@([\w.-]+)", re.IGNORECASE)
# A Message-ID as newsletters.services.freeze writes it: a salted hash, the beginning of the delivery's key, a domain.
OUR_MESSAGE_ID = re.compile(r"<[0-9a-f]{32}\.[0-9a-f]{12}@[\w.-]+>")
# As long as addresses may be: without bounds, one long word would be searched from each of its letters.
ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# How much of a mail is read, so that no mail holds up those behind it: of the whole (bytes), of one part (bytes), of
# one header (letters), of all that is searched (letters), and of a web page as text (letters).
MAIL_LIMIT = 1_000_000
PART_LIMIT = 200_000
HEADER_LIMIT = 5_000
SEARCH_LIMIT = 500_000
HTML_LIMIT = 20_000
PARTS_LIMIT = 200
# A mail with more parts inside of parts is not taken apart.
CONTAINER = re.compile(rb"(?:multipart|message)/", re.IGNORECASE)
CONTAINER_LIMIT = 30


class ShortHeaders(Compat32):
    """Reads mail as ever, but no more than HEADER_LIMIT of a header, however it is folded."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return a header's name and the beginning of its value."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_LIMIT]


POLICY = ShortHeaders()


class Mail:
    """One mail: the bytes as they came, and what is asked of them."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.message: Message = parse(raw)

    def header(self, name: str) -> str:
        """Return a header's decoded text on one line, empty when it is missing; whatever it holds."""
        value = self.message.get(name)
        if value is None:
            return ""
        try:
            text = str(make_header(decode_header(value)))
        except (HeaderParseError, UnicodeError, LookupError, ValueError):
            text = str(value)
        return clean(" ".join(text.split()))

    @property
    def sender(self) -> str:
        """The address of the From header."""
        return _parsed([self.header("From")])[0]

    @cached_property
    def keyed(self) -> tuple[str, str] | None:
        """`bounce` or `unsubscribe` and the receiver's key for that, as the address the mail was sent to has them."""
        if not settings.BOUNCE_DOMAIN:
            return None
        for name in ENVELOPE_HEADERS:
            for value in self.message.get_all(name, []):
                for box, key, domain in KEYED.findall(str(value)):
                    if domain.lower() == settings.BOUNCE_DOMAIN.lower():
                        return box.lower(), key.lower()
        return None

    @cached_property
    def our_message_ids(self) -> list[str]:
        """The Message-IDs in our form that the mail refers to or carries back."""
        texts = [str(self.message.get(name, "")) for name in ("In-Reply-To", "References")]
        texts += [str(part.get("Message-ID", "")) for part in self._parts() if part is not self.message]
        return list(dict.fromkeys(OUR_MESSAGE_ID.findall(_joined([*texts, *self._texts()]))))

    @cached_property
    def text(self) -> str:
        """What a person would read: the first text part, else the first HTML part as text. Empty when neither."""
        for kind in ("text/plain", "text/html"):
            for part in own_parts(self.message):
                if part.get_content_type() == kind and (text := text_of(part).strip()):
                    return from_html(text[:HTML_LIMIT]) if kind == "text/html" else text
        return ""

    @cached_property
    def fingerprint(self) -> str:
        """A keyed hash that two copies of the same mail share (hex).

        The content is part of it: some programs use one Message-ID for all they write.
        """
        body = re.split(rb"\r?\n\r?\n", self.raw, maxsplit=1)[-1].replace(b"\r\n", b"\n").rstrip()
        parts = [self.header(name) for name in ("Message-ID", "Date", "From")] + [str(self.keyed)]
        return keyed_hash("mail", "\n".join(parts).encode() + body)

    def addresses(self) -> set[str]:
        """Every address in headers and readable parts, in small letters."""
        values = [
            str(value)
            for name in ("From", "To", "Cc", "Reply-To")
            for value in self.message.get_all(name, [])
        ]
        found = {address.lower() for address in _parsed(values) if "@" in address}
        headers = [str(value) for part in self._parts() for value in part.values()]
        written = ADDRESS.findall(_joined([*headers, *self._texts()]))
        return found | {address.lower().strip("'.-+") for address in written}

    def _parts(self) -> Iterator[Message]:
        """The parts in order, those of attached mails too."""
        return islice(self.message.walk(), PARTS_LIMIT)

    def _texts(self) -> Iterator[str]:
        for part in self._parts():
            if part.get_content_maintype() == "text" and not part.is_multipart():
                yield text_of(part)


def parse(raw: bytes) -> Message:
    """Read a mail, of a very big one the beginning; what is nested too deep is left as one piece under its headers."""
    raw = raw[:MAIL_LIMIT]
    is_deep = len(CONTAINER.findall(raw)) > CONTAINER_LIMIT
    return BytesParser(policy=POLICY).parsebytes(raw, headersonly=is_deep)


def own_parts(message: Message) -> Iterator[Message]:
    """The parts in order; an attached mail or report is one part, and nothing inside of it is handed out."""
    waiting = [message]
    for _turn in range(PARTS_LIMIT):
        if not waiting:
            return
        part = waiting.pop(0)
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting = [*part.get_payload(), *waiting]
        else:
            yield part


def text_of(part: Message) -> str:
    """Return a part's decoded text, at most PART_LIMIT bytes of it, whatever its character set claims to be."""
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, AssertionError):  # broken transfer encodings
        return ""
    if not isinstance(raw, bytes):
        return ""
    try:
        return clean(raw[:PART_LIMIT].decode(part.get_content_charset() or "utf-8", "replace"))
    except (LookupError, UnicodeError):
        return clean(raw[:PART_LIMIT].decode("latin-1"))


def _parsed(values: list[str]) -> list[str]:
    """Return the addresses of headers that hold addresses, at least one, empty where there is none."""
    try:
        return [address for _name, address in getaddresses(values)] or [""]
    except (RecursionError, IndexError):  # thousands of comments in one another
        return [""]


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)[:SEARCH_LIMIT]


def clean(text: str) -> str:
    """Return text the database takes: no NUL, no halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def keyed_hash(purpose: str, data: bytes) -> str:
    """Return a hash that only this installation can make (hex, 64 characters)."""
    key = f"newsletters.bounces.{purpose}:{settings.SECRET_KEY}".encode()
    return hmac.new(key, data, hashlib.sha256).hexdigest()
