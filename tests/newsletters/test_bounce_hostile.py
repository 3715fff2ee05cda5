"""Mails made to hold up the reader, and reports that are not about the receiver's own address."""

import base64
import json
import subprocess
import sys

import pytest
from django.core.cache import cache

from newsletters.bounces import outgoing
from newsletters.bounces.handle import handle
from newsletters.models import SoftBounce, StrayMail, SuppressedAddress
from newsletters.services.again import count_failed
from tests.newsletters.factories import SeriesFactory
from tests.newsletters.returned import DOMAIN, comes_back, mail, sent_letters

# Far more than the work needs (a few seconds for all); what grows with the square of the mail takes minutes for one.
SECONDS = 60
READ = """
import base64, json, sys, django
django.setup()
from newsletters.bounces.classify import classify
from newsletters.bounces.mail import Mail
for name, raw in json.load(sys.stdin).items():
    print(name, flush=True)
    mail = Mail(base64.b64decode(raw))
    classify(mail), mail.addresses(), mail.our_message_ids, mail.fingerprint, mail.text
"""
HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: Undelivered mail\n"
DEEP = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(2000)
)
HOSTILE = {
    "one long word": HEAD + b"\n" + b"a" * 200_000,
    "one long word, encoded as another type": HEAD + b"Content-Type: text/html\n\n" + b"<a " * 66_000,
    "a page of comments": HEAD + b"Content-Type: text/html\n\n" + b"<!--" * 50_000,
    "blank lines": HEAD
    + b"\nA message that you sent could not be delivered <a@b.example>\n"
    + b"\n" * 200_000
    + b"x",
    "a line of brackets": HEAD
    + b"\nThis Message was undeliverable due to the following reason:\n"
    + b"<" * 200_000,
    "a long subject": b"From: a@b.example\nSubject: " + b"delivery " * 22_000 + b"\n\nHei\n",
    "a long encoded subject": b"From: a@b.example\nSubject: " + b"=?a?q?" * 33_000 + b"\n\nHei\n",
    "a long sender": b"From: " + b"(" * 200_000 + b"\nSubject: Hei\n\nHei\n",
    "a long type": HEAD + b"Content-Type: multipart/mixed" + b";" * 200_000 + b"\n\nHei\n",
    "many folded lines": HEAD + b"To: x\n" + b" word\n" * 40_000 + b"\nHei\n",
    "parts in parts": HEAD + DEEP + b"\n" * 200_000 + b"x",
    "many blocks": HEAD + b"Content-Type: message/delivery-status\n\n" + b"Action: x\n\n" * 20_000,
    "many addresses": HEAD + b"\n" + b"a@b.example " * 80_000,
}


@pytest.fixture
def _letters(db, site, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


def test_no_mail_holds_up_those_behind_it():
    # A process of its own: a pattern that runs away cannot be stopped from within.
    told = json.dumps({name: base64.b64encode(raw).decode() for name, raw in HOSTILE.items()})
    done = subprocess.run(
        [sys.executable, "-c", READ], input=told, capture_output=True, timeout=SECONDS, check=True, text=True
    )
    assert done.stdout.splitlines() == list(HOSTILE)


@pytest.mark.usefixtures("_letters")
@pytest.mark.parametrize("name", ["a long sender", "parts in parts", "one long word"])
def test_a_hostile_mail_is_kept_and_handled_once(name):
    assert handle(HOSTILE[name]) == "unknown"
    assert StrayMail.objects.count() == 1
    assert handle(HOSTILE[name]) == "duplicate"


@pytest.mark.usefixtures("_letters")
@pytest.mark.parametrize("subject", ["Sv: Nytt om behandlingsavbrudd", "Kunne ikke levere svaret mitt"])
def test_a_report_that_a_person_attaches_is_part_of_their_answer(sink, subject):
    recipient = sent_letters()[0]
    assert comes_back("human-reply-with-report", recipient, subject=subject) == "reply"
    assert recipient.status == "sent"
    outgoing.forward_waiting()
    assert b"Final-Recipient" in sink.received[0].raw
    assert not SuppressedAddress.objects.exists()


@pytest.mark.usefixtures("_letters")
def test_a_report_that_a_person_attaches_beside_their_text_is_not_believed_either():
    recipient = sent_letters()[0]
    raw = mail("postfix-5.1.1", recipient)
    raw = raw.replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")
    raw = raw.replace(b"Return-Path: <>", b"Return-Path: <kari@helse.example>")
    lines = [line for line in raw.split(b"\n") if not line.startswith(b"Auto-Submitted")]
    head = [
        b"From: Kari <kari@helse.example>" if line.startswith(b"From: MAILER") else line for line in lines
    ]
    raw = b"\n".join(b"Subject: Hva er dette?" if line.startswith(b"Subject: Und") else line for line in head)
    assert handle(raw) == "reply"
    assert not SuppressedAddress.objects.exists()


@pytest.mark.usefixtures("_letters")
def test_a_dead_address_that_letters_are_forwarded_to_never_stops_the_receivers_own():
    series = SeriesFactory()
    for days in (40, 30, 20, 10):
        letter = sent_letters(1 if days == 40 else 0, series=series, days_ago=days)[0]
        assert comes_back("forwarded-5.1.1", letter) == "bounce"
        assert (letter.status, letter.smtp_reply) == ("sent", "550 5.1.1 User unknown")
        # They have it: a second copy would reach them too.
        assert count_failed(letter.delivery).again == 0
    assert not SuppressedAddress.objects.exists()
    assert not SoftBounce.objects.exists()


@pytest.mark.usefixtures("_letters")
def test_the_receivers_own_address_is_known_in_capital_letters_and_in_brackets():
    recipient = sent_letters()[0]
    own = f"<{recipient.email.upper()}>".encode()
    raw = mail("forwarded-5.1.1", recipient).replace(b"privat@annetsted.example\nAction", own + b"\nAction")
    assert handle(raw) == "bounce"
    recipient.refresh_from_db()
    assert recipient.status == "bounced"
    assert SuppressedAddress.objects.count() == 1
