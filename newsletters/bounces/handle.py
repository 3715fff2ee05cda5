"""One mail handled, once and whole: all it changes is written together with the mark that it has been handled.

A crash before that leaves the mail in its mailbox and changes nothing; a crash after it is met by the mark. Nothing is
sent here: what is to be sent on is stored, and `outgoing` sends it later.
"""

import logging

from django.db import transaction

from newsletters.bounces import outcomes, outgoing, stray
from newsletters.bounces.classify import Finding, Kind, classify
from newsletters.bounces.mail import Mail
from newsletters.bounces.whose import recipient_of
from newsletters.models import HandledMail, Recipient, StrayMail

logger = logging.getLogger(__name__)

# What mail servers commonly take; a bigger mail is kept, cut, for an adviser (bytes).
FORWARD_LIMIT = 25_000_000
Reason = StrayMail.Reason


@transaction.atomic
def handle(raw: bytes) -> Kind:
    """Do what a mail asks for; return what it was. A mail that is kept for an adviser counts as unknown.

    Raises TryLater when it must be read again later.
    """
    mail = Mail(raw)
    _mark, is_new = HandledMail.objects.get_or_create(hash=mail.fingerprint)
    if not is_new:
        return Kind.DUPLICATE
    try:
        with transaction.atomic():
            finding = classify(mail)
    except Exception as error:  # no mail may stop those behind it
        logger.warning("A mail could not be read (%s); it is kept.", type(error).__name__)
        return _kept(mail, Reason.UNREADABLE)
    return _act(mail, finding)


def _act(mail: Mail, finding: Finding) -> Kind:
    if finding.kind is Kind.UNKNOWN:
        return _kept(mail, Reason.UNKNOWN)
    if finding.kind in (Kind.OWN, Kind.NOTICE, Kind.AUTO_REPLY):
        return finding.kind
    recipient = recipient_of(mail, finding.kind)
    if recipient is None:
        # Forged, or from before the letter's rows were erased: nothing happens to anybody.
        is_answer = finding.kind in (Kind.REPLY, Kind.UNSUBSCRIBE)
        return _kept(mail, Reason.UNKNOWN if is_answer else Reason.NOT_OURS)
    if finding.failure is not None:
        is_ours = outcomes.bounced(recipient, finding.failure)
        return Kind.BOUNCE if is_ours else _kept(mail, Reason.NOT_OURS)
    if finding.kind is Kind.REPLY:
        return _reply(mail, recipient)
    {Kind.COMPLAINT: outcomes.complained, Kind.UNSUBSCRIBE: outcomes.left}[finding.kind](recipient)
    return finding.kind


def _reply(mail: Mail, recipient: Recipient) -> Kind:
    """Store a person's answer to be sent on; what no mail server takes is kept for an adviser."""
    if len(mail.raw) > FORWARD_LIMIT:
        return _kept(mail, Reason.TOO_BIG, recipient)
    outgoing.put(mail, recipient.delivery.series)
    return Kind.REPLY


def _kept(mail: Mail, reason: str, recipient: Recipient | None = None) -> Kind:
    stray.keep(mail, reason, recipient.delivery.series if recipient else None)
    return Kind.UNKNOWN
