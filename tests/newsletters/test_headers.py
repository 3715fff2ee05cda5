"""The headers of mail as a server gets it: a letter, a test letter, and what the portal itself writes."""

import re
from email.utils import parsedate_to_datetime

import pytest
from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from newsletters import sending
from newsletters.services import trial
from newsletters.services.freeze import freeze_recipients
from tests.newsletters.factories import SeriesFactory, make_letter, make_running
from tests.newsletters.returned import returned_to

pytestmark = pytest.mark.django_db


def check_the_wire(raw):
    """What no server may be given: bare line feeds, lines that are too long, other than ASCII in the head."""
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.partition(b"\r\n\r\n")[0].isascii()


def test_a_letter_carries_every_header_of_a_list(site, sink, settings):
    settings.BOUNCE_DOMAIN, settings.BOUNCE_MAILBOX = "retur.tjenesten.example", "maildir:/var/mail/retur"
    series = SeriesFactory(
        name="Kompetansetjenestens brev til ledere på alle nivåer, også på øyene i nord og vest"
    )
    delivery = make_running(
        1, letter=make_letter(series, subject="Å lede gjennom mørketida: påmelding og råd")
    )
    sending.send_delivery(delivery.pk)
    (received,) = sink.received
    check_the_wire(received.raw)
    message, recipient = received.message, delivery.recipients.get()
    assert message["Message-ID"] == recipient.message_id
    assert message["Message-ID"].endswith("@tjenesten.example>")
    assert message["Subject"] == "Å lede gjennom mørketida: påmelding og råd"
    assert message["From"].addresses[0].display_name == "Kompetansetjenesten på Ås"
    assert message["From"].addresses[0].addr_spec == "brev@tjenesten.example"
    assert message["To"] == recipient.email
    assert message["List-Id"].endswith(f"<{series.slug}.tjenesten.example>")
    assert "øyene" in message["List-Id"]
    leave = re.findall(r"<([^>]+)>", message["List-Unsubscribe"])
    assert leave[0].startswith("http://localhost:8000/avmeld/")
    assert leave[1] == f"mailto:{returned_to('unsubscribe', recipient)}?subject=unsubscribe"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] is None  # people wrote it
    assert abs(parsedate_to_datetime(message["Date"]) - timezone.now()).total_seconds() < 120
    assert received.sender == returned_to("bounce", recipient)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(part.get_content_charset() == "utf-8" for part in message.iter_parts())


def test_the_message_id_is_the_same_whenever_a_delivery_is_frozen_for_a_person(site):
    delivery = make_running(2)

    def message_ids():
        return dict(delivery.recipients.values_list("person", "message_id"))

    first = message_ids()
    delivery.recipients.all().delete()
    assert freeze_recipients(delivery) == 2
    assert message_ids() == first
    assert len(set(first.values())) == 2


def test_a_test_letter_says_so_greets_an_example_and_measures_nobody(site, sink):
    letter = make_letter(live=False, subject="Nå på nynorsk òg")
    trial.send_test(letter, ["meg@tjenesten.example", "sjefen@annet.example"])
    assert sink.receivers() == ["meg@tjenesten.example", "sjefen@annet.example"]
    for received in sink.received:
        check_the_wire(received.raw)
        assert received.message["Subject"] == "[Test] Nå på nynorsk òg"
        for kind in ("plain", "html"):
            part = received.part(kind)
            assert "Hei, Kari" in part
            assert "{{slot" not in part
            assert "/l/" not in part
            assert "/o/" not in part
    assert not letter.deliveries.exists()


def test_whatever_the_portal_writes_itself_is_marked_as_a_machines(site, sink, settings, rf):
    settings.EMAIL_BACKEND = "core.mail.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "Portalen på Ås <portal@tjenesten.example>"
    with request_context(rf.get("/")):
        get_adapter().send_mail("account/email/login_code", "kari@helse.example", {"code": "123456"})
    EmailMessage("Hei på deg", "Tekst", None, ["ola@helse.example"], connection=get_connection()).send()
    EmailMessage(
        "Svar", "Tekst", None, ["ola@helse.example"], headers={"Auto-Submitted": "auto-replied"}
    ).send()
    assert len(sink.received) == 3
    for received in sink.received:
        check_the_wire(received.raw)
        assert received.message["Message-ID"].endswith("@tjenesten.example>")
        assert received.message["From"].addresses[0].display_name == "Portalen på Ås"
    marks = [received.message["Auto-Submitted"] for received in sink.received]
    assert marks == ["auto-generated", "auto-generated", "auto-replied"]
