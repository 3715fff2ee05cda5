"""A frozen letter made ready for the wire once; each receiver's copy is then put together from bytes.

The body is quoted-printable with a soft line break on both sides of every slot, so that a slot's value can be encoded
alone and dropped in: no MIME object is built per receiver, lines stay within 76 characters, and the decoded parts
are exactly the frozen texts with the slots filled.
"""

import binascii
import hashlib
import html as html_escapes
import re
from collections.abc import Callable
from email.header import Header
from email.utils import quote

from django.conf import settings
from django.utils.translation import gettext_noop

from newsletters.models import Delivery, Recipient
from newsletters.return_keys import BOUNCE, UNSUBSCRIBE, return_key
from newsletters.slots import SLOT

BREAK = b"=\r\n"
# Shown as the answer in the report, where the address stands beside it.
NOT_ASCII = gettext_noop("The address cannot be written in ASCII.")
LINE_LENGTH = 76
PIXEL = '<img src="{}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">'
STUFFING = re.compile(rb"^\.", re.MULTILINE)
Piece = bytes | Callable[[dict[str, str]], bytes]


def mail_domain(delivery: Delivery) -> str:
    """Return the domain that Message-ID and List-Id are made of."""
    return delivery.sender_email.rpartition("@")[2]


def return_path(delivery: Delivery, recipient: Recipient) -> str:
    """Return the envelope sender: an own address per receiver where bounces are read, else the letter's sender."""
    if settings.BOUNCE_DOMAIN:
        return f"{BOUNCE}+{return_key(BOUNCE, recipient)}@{settings.BOUNCE_DOMAIN}"
    return delivery.sender_email


def unsubscribe_header(recipient: Recipient, url: str) -> str:
    """Return how to leave by a mail program's button: the web always, by mail only where such mail is read."""
    if not (settings.BOUNCE_DOMAIN and settings.BOUNCE_MAILBOX):
        return f"List-Unsubscribe: <{url}>\r\n"
    address = f"{UNSUBSCRIBE}+{return_key(UNSUBSCRIBE, recipient)}@{settings.BOUNCE_DOMAIN}"
    return f"List-Unsubscribe: <{url}>,\r\n <mailto:{address}?subject=unsubscribe>\r\n"


def wire_address(address: str) -> str:
    """Return the address as SMTP takes it: the domain in ASCII. ValueError if the part before @ is not ASCII."""
    local, _, domain = address.rpartition("@")
    try:
        local.encode("ascii")
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(NOT_ASCII) from error


class PreparedLetter:
    """The frozen letter as pieces of bytes with the receivers' values between them."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.head = _static_headers(delivery)
        # A boundary that depends only on the delivery: copies to two people must not differ in it.
        boundary = "part-" + hashlib.sha256(str(delivery.key).encode()).hexdigest()[:24]
        self.pieces: list[Piece] = [
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n'.encode(),
            _part_head(boundary, "plain"),
            *_pieces(delivery.text, escape=False),
            _part_head(boundary, "html"),
            *_pieces(delivery.html, escape=True),
            f"\r\n--{boundary}--\r\n".encode(),
        ]

    def message(self, recipient: Recipient, values: dict[str, str], date: str) -> bytes:
        """Return one receiver's mail as SMTP's DATA takes it, dots doubled, without the closing dot.

        `date` is the Date header's value; `values` are those of `slots.slot_values`.
        """
        own = (
            f"Date: {date}\r\nTo: {wire_address(recipient.email)}\r\nMessage-ID: {recipient.message_id}\r\n"
            f"{unsubscribe_header(recipient, values['unsubscribe_url'])}"
        ).encode("ascii")
        filled = [piece if isinstance(piece, bytes) else piece(values) for piece in self.pieces]
        return b"".join([self.head, own, *filled])


def quoted_printable(text: str) -> bytes:
    """Encode text as quoted-printable lines ready for DATA."""
    encoded = binascii.b2a_qp(text.replace("\r\n", "\n").encode(), istext=True)
    return STUFFING.sub(b"..", encoded).replace(b"\n", b"\r\n")


def _pieces(text: str, *, escape: bool) -> list[Piece]:
    """Split a frozen text at its slots into encoded bytes and functions that encode a receiver's value."""
    pieces: list[Piece] = []
    for index, part in enumerate(SLOT.split(text)):
        pieces.append(_slot(part, escape) if index % 2 else _with_room(quoted_printable(part)))
    return pieces


def _slot(name: str, escape: bool) -> Piece:
    def fill(values: dict[str, str]) -> bytes:
        value = values[name]
        if not value:
            return BREAK
        if escape:
            value = html_escapes.escape(value)
        if name == "pixel":
            value = PIXEL.format(value)
        return BREAK + _with_room(quoted_printable(value)) + BREAK

    return fill


def _with_room(encoded: bytes) -> bytes:
    """Break a last line so long that the soft break's sign would not fit in 76 characters."""
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start <= LINE_LENGTH - 1:
        return encoded
    cut = start + LINE_LENGTH - 4
    while b"=" in encoded[cut - 2 : cut]:
        cut -= 1
    return encoded[:cut] + BREAK + encoded[cut:]


def _part_head(boundary: str, kind: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _static_headers(delivery: Delivery) -> bytes:
    """Return the headers every receiver's copy has in common, folded and encoded."""
    sender = wire_address(delivery.sender_email)
    lines = [
        f"From: {_named('From', delivery.sender_name, sender)}",
        f"Subject: {_words('Subject', delivery.subject)}",
    ]
    if delivery.reply_to and delivery.reply_to != delivery.sender_email:
        lines.append(f"Reply-To: {wire_address(delivery.reply_to)}")
    list_id = f"{delivery.series.slug}.{sender.rpartition('@')[2]}"
    lines += [
        f"List-Id: {_named('List-Id', delivery.series.name, list_id)}",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "Precedence: bulk",
        # Exchange then sends no absence notices back to the list.
        "X-Auto-Response-Suppress: OOF, AutoReply",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _words(header: str, text: str) -> str:
    """Return text as a header takes it: other letters than ASCII encoded, in words on lines of their own.

    The newer EmailMessage loses the spaces at which it folds such words.
    """
    text = " ".join(text.split())
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=header, maxlinelen=LINE_LENGTH - 1).encode(linesep="\r\n")


def _named(header: str, name: str, address: str) -> str:
    """Return `name <address>`, on two lines so that neither gets too long."""
    name = " ".join(name.split())
    if not name:
        return f"<{address}>"
    shown = f'"{quote(name)}"' if name.isascii() else _words(header, name)
    return f"{shown}\r\n <{address}>"
