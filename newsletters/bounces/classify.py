"""What kind of mail it is. Nothing here looks at or changes the database."""

import logging
import re
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import HeaderParser
from enum import StrEnum

from flufl.bounce import all_failures

from newsletters.bounces.mail import POLICY, Mail, keyed_hash, own_parts, parse, text_of
from newsletters.bounces.verdicts import Failure, judge, worst

logger = logging.getLogger(__name__)

# A forwarded reply carries this; its value can only be made here.
LOOP_HEADER = "X-Portal-Forwarded"


class Kind(StrEnum):
    """What a mail is."""

    OWN = "own"  # a reply that was forwarded and has come back
    BOUNCE = "bounce"
    NOTICE = "notice"  # a report of delay or success: nothing has failed
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTO_REPLY = "auto_reply"
    REPLY = "reply"
    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"  # handled before


@dataclass(frozen=True)
class Finding:
    """A mail's kind and, of a bounce, what it says."""

    kind: Kind
    failure: Failure | None = None


UNSUBSCRIBE_SUBJECT = re.compile(r"^\s*unsubscribe\s+([0-9a-f]{32})\s*$", re.IGNORECASE)
MACHINE_SENDER = re.compile(
    r"^(mailer-?daemon|postmaster|mail-?daemon|mdaemon|microsoftexchange\w*|bounces?)\b", re.I
)
MACHINE_SUBJECT = re.compile(
    r"undeliver|deliver(y|ed).*(status|fail|delay|problem)|fail(ed|ure).*(deliver|notice)|failure notice"
    r"|returned mail|returned to sender|mail delivery|could not be delivered"
    r"|ikke levert|kan ikke levere|kunne ikke levere|leverings(feil|status|rapport)|uleverbar",
    re.IGNORECASE,
)
ANSWER = re.compile(r"^\s*(re|sv|svar|vs|fw|fwd)\s*:", re.IGNORECASE)
AUTO_SUBJECT = re.compile(
    r"^\s*(fraværsmelding|fravær:|automatisk svar|autosvar|autosvarmelding|ute av kontoret|ikke på kontoret"
    r"|ikke til stede|ferieavvikling|feriemelding|fråværsmelding|fråvær:|ikkje på kontoret"
    r"|ikkje til stades|out of (the )?office|automatic reply|auto[- ]?reply"
    r"|auto[- ]?response|vacation|away from (my|the) (mail|office|desk)|autosvar:)",
    re.IGNORECASE,
)
AUTO_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Mail-Autoreply")
AUTO_PRECEDENCE = {"auto_reply", "auto-reply", "autoreply"}
BULK_PRECEDENCE = {"bulk", "junk", "list"}
# Where a report in plain text ends and the letter that came back begins.
RETURNED = re.compile(
    r"^[-_ \t>*]{0,80}(below this line|this is a copy of|original message|returned message|forwarded message|"
    r"message headers follow|undelivered message)",
    re.IGNORECASE | re.MULTILINE,
)
DSN_TEXT_LIMIT = 8000
# What the detectors of odd reports get to see: so many letters, on lines no longer than this.
ODD_TEXT_LIMIT = 20_000
ODD_LINE_LIMIT = 500
# So many blocks of a report are read; a letter of ours has one receiver.
BLOCK_LIMIT = 100
ADDRESS_TYPES = {"rfc822", "utf-8"}


def classify(mail: Mail) -> Finding:
    """Tell what a mail is. Machines' mails first: a report may look like an answer, an answer never like a report."""
    if is_own(mail):
        return Finding(Kind.OWN)
    # Only machines' mails are searched: people quote and attach such reports when they ask what they mean.
    if _is_from_a_machine(mail):
        for find in (_complaint, _report, _odd_bounce):
            if found := find(mail):
                return found
    if _is_unsubscribe(mail):
        return Finding(Kind.UNSUBSCRIBE)
    if is_auto_reply(mail):
        return Finding(Kind.AUTO_REPLY)
    refers_to_us = bool(mail.keyed or mail.our_message_ids)
    is_bulk = mail.header("Precedence").lower() in BULK_PRECEDENCE
    return Finding(Kind.REPLY if refers_to_us and not is_bulk else Kind.UNKNOWN)


def is_own(mail: Mail) -> bool:
    """Whether it is a forwarded reply of ours; a stranger's header proves nothing."""
    return mail.header(LOOP_HEADER) == loop_mark(mail.header("Message-ID"))


def loop_mark(message_id: str) -> str:
    """Return what the loop header of a forwarded mail with this Message-ID holds."""
    return keyed_hash("loop", message_id.encode())[:32]


def is_auto_reply(mail: Mail) -> bool:
    """Whether a program wrote it: absence notices and receipts."""
    submitted = mail.header("Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if (
        any(mail.header(name) for name in AUTO_HEADERS)
        or mail.header("Precedence").lower() in AUTO_PRECEDENCE
    ):
        return True
    # Exchange sets the second header on its own notices; people's mails through Exchange may carry it only as "None".
    suppress = mail.header("X-Auto-Response-Suppress").lower()
    is_exchange_notice = suppress not in {"", "none"} and bool(mail.header("X-MS-Exchange-Inbox-Rules-Loop"))
    return is_exchange_notice or bool(AUTO_SUBJECT.match(mail.header("Subject")))


def unsubscribe_key(mail: Mail) -> str | None:
    """Return the receiver's key written in the subject, where no address carries it."""
    found = UNSUBSCRIBE_SUBJECT.match(mail.header("Subject"))
    return found.group(1).lower() if found else None


def _is_unsubscribe(mail: Mail) -> bool:
    if unsubscribe_key(mail):
        return True
    if mail.keyed is None or mail.keyed[0] != "unsubscribe":
        return False
    # Some programs mark the mail of their unsubscribe button as their own; an absence notice has another subject.
    return "unsubscribe" in mail.header("Subject").lower() or not is_auto_reply(mail)


def _complaint(mail: Mail) -> Finding | None:
    """An abuse report (RFC 5965). Other feedback reports, as of authentication, are nobody's complaint."""
    for fields in _report_fields(mail, "message/feedback-report"):
        if fields.get("Feedback-Type"):
            is_abuse = fields["Feedback-Type"].strip().lower() in {"abuse", "fraud", "other", "opt-out"}
            return Finding(Kind.COMPLAINT if is_abuse else Kind.NOTICE)
    return None


def _report(mail: Mail) -> Finding | None:
    """A delivery report as RFC 3464 has it."""
    blocks = [fields for fields in _report_fields(mail, "message/delivery-status") if fields.get("Action")]
    if not blocks:
        return None
    failed = [fields for fields in blocks if fields["Action"].strip().lower().startswith("failed")]
    if not failed:
        return Finding(Kind.NOTICE)
    failures = [
        replace(
            judge(_plain(fields.get("Status")), _plain(fields.get("Diagnostic-Code"))),
            address=_failed_address(fields),
        )
        for fields in failed
    ]
    return Finding(Kind.BOUNCE, worst(failures))


def _odd_bounce(mail: Mail) -> Finding | None:
    """A report in a form of its own."""
    try:
        temporary, permanent = all_failures(_shortened(mail))
    except Exception:  # its many detectors meet mail they were not written for
        logger.warning("A failure report could not be searched; it is kept.")
        return None
    if permanent:
        end = RETURNED.search(mail.text)
        text = mail.text[: end.start() if end else DSN_TEXT_LIMIT][:DSN_TEXT_LIMIT]
        return Finding(Kind.BOUNCE, judge("", text))
    return Finding(Kind.NOTICE) if temporary else None


def _shortened(mail: Mail) -> Message:
    """Return a copy with the beginning of its texts, decoded, and without attached mails.

    The detectors' patterns try a long line from each of its letters, and would find a report that a person attaches.
    """
    copy, left = parse(mail.raw), ODD_TEXT_LIMIT
    for part in own_parts(copy):
        is_text = part.get_content_maintype() == "text"
        lines = text_of(part)[:left].splitlines() if is_text else []
        left -= sum(len(line) + 1 for line in lines)
        del part["Content-Transfer-Encoding"]
        part.set_payload("\n".join(line[:ODD_LINE_LIMIT] for line in lines))
    return copy


def _is_from_a_machine(mail: Mail) -> bool:
    subject = mail.header("Subject")
    return bool(
        mail.header("Return-Path") == "<>"
        or MACHINE_SENDER.match(mail.sender)
        or mail.message.get_content_type() == "multipart/report"
        or (MACHINE_SUBJECT.search(subject) and not ANSWER.match(subject))
    )


def _report_fields(mail: Mail, content_type: str) -> list[Message]:
    """Return the blocks of fields of a report's machine-readable part, also where it is not written as it should be."""
    blocks: list[Message] = []
    for part in own_parts(mail.message):
        if part.get_content_type() != content_type:
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            parts = [one for one in payload if isinstance(one, Message)]
            blocks += parts
            payload = "\n".join(str(one.get_payload()) for one in parts)
        # What the parser took for no fields: the whole part, encoded or without its empty lines.
        decoded = Message()
        decoded["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", ""))
        decoded.set_payload(payload)
        texts = re.split(r"\n\s*\n", text_of(decoded).strip(), maxsplit=BLOCK_LIMIT)[:BLOCK_LIMIT]
        blocks += [HeaderParser(policy=POLICY).parsestr(one) for one in texts]
    return blocks


def _failed_address(fields: Message) -> str:
    """Return the address that failed, in small letters; empty where the report gives none."""
    told = _plain(fields.get("Final-Recipient") or fields.get("Original-Recipient"))
    kind, _semicolon, address = told.rpartition(";")
    address = address.strip().strip("<>").lower()
    return address if "@" in address and kind.strip().lower() in {"", *ADDRESS_TYPES} else ""


def _plain(value: object) -> str:
    return " ".join(str(value or "").split())
