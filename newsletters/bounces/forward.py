"""How an answer that went to the return path is written anew, for those who read answers."""

import logging
import re
from email.header import Header
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from newsletters.bounces.classify import LOOP_HEADER, loop_mark
from newsletters.bounces.mail import Mail
from newsletters.models import Series
from newsletters.prepared import STUFFING, wire_address
from newsletters.smtp import Outcome, Reply, Transport

logger = logging.getLogger(__name__)

# A Maildir's lines end as files' do; mail servers refuse such, or read them as one line that is too long.
LINE_END = re.compile(rb"\r?\n|\r")
PLAIN_ADDRESS = re.compile(r"[!-~]+@[a-zA-Z0-9.-]+")


TOO_BROKEN = gettext_noop("The mail is too broken to be put into another mail.")


def reply_address(series: Series) -> str:
    """Return where people's answers to a series go."""
    return series.reply_to or series.sender_email


def forward(mail: Mail, series: Series, transport: Transport) -> Reply:
    """Send a mail, unchanged but for its line ends, as an attachment to the series' reply address.

    Its Message-ID depends on the mail alone: should the same be sent twice, mail programs can drop the copy. Never
    raises for what the mail or the mail server does.
    """
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        receiver = wire_address(reply_address(series))
        with translation.override(settings.LANGUAGE_CODE):
            content = _content(mail, series, receiver)
    except Exception as error:  # no mail may stop those behind it
        logger.warning("A mail cannot be put into another (%s); it is kept.", type(error).__name__)
        return Reply(Outcome.FAILED, None, TOO_BROKEN)
    return transport.send(sender, receiver, STUFFING.sub(b"..", content))


def _content(mail: Mail, series: Series, receiver: str) -> bytes:
    """Put the forwarding mail together by hand: a mail object would write the attached bytes anew."""
    domain = series.sender_email.rpartition("@")[2]
    boundary = f"forward-{mail.fingerprint[:32]}"
    # The old kind of message: the new one stumbles over headers as strangers break them.
    head = Message(policy=compat32.clone(linesep="\r\n"))
    # The name is the writer's, the address ours: DMARC refuses a stranger's address from our server.
    name = _("%(sender)s through %(series)s") % {"sender": mail.sender or "?", "series": series.name}
    head["From"] = formataddr((name, series.sender_email))
    head["To"] = receiver
    if answer_to := _answer_to(mail):
        head["Reply-To"] = answer_to
    subject = _("Reply to a letter: %(subject)s") % {"subject": mail.header("Subject") or _("no subject")}
    head["Subject"] = Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
    head["Date"] = format_datetime(timezone.localtime())
    head["Message-ID"] = f"<forward.{mail.fingerprint[:32]}@{domain}>"
    head["Auto-Submitted"] = "auto-generated"
    head["X-Auto-Response-Suppress"] = "All"
    head[LOOP_HEADER] = loop_mark(str(head["Message-ID"]))
    text = EmailMessage(policy=SMTP)
    text.set_content(
        _(
            "This mail went to the address that letters return to, instead of the series' reply address. "
            "It is attached as it came. Your answer goes to the one who wrote it."
        )
        + "\n\n"
        + mail.text[:5000]
    )
    return b"".join(
        [
            head.as_bytes().rstrip(b"\r\n"),
            f'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}\r\n".encode(),
            text.as_bytes(),
            f"\r\n--{boundary}\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n"
            "Content-Disposition: attachment\r\n\r\n".encode(),
            LINE_END.sub(b"\r\n", mail.raw),
            f"\r\n--{boundary}--\r\n".encode(),
        ]
    )


def _answer_to(mail: Mail) -> str:
    """Return the writer's address, empty when it is no address a mail server takes."""
    address = parseaddr(mail.header("Reply-To") or mail.header("From"))[1]
    return address if PLAIN_ADDRESS.fullmatch(address) else ""
