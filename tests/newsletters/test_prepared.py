"""The prepared message: bytes put together per receiver, and what a mail program reads in them."""

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from newsletters.models import Delivery, Recipient, Series
from newsletters.prepared import PreparedLetter, quoted_printable, return_path, wire_address
from newsletters.return_keys import return_key

VALUES = {
    "greeting": "Hei, Åse & <Bjørn>",
    "unsubscribe_url": "https://portal.example/avmeld/" + "a" * 90,
    "preferences_url": "https://portal.example/preferanser/p",
    "pixel": "",
    "t": "",
}
HTML = (
    '<p>{{slot:greeting}}</p>\n.Punktum først\n<a href="https://portal.example/l/1/2{{slot:t}}">Møte = på Ås</a>'
    + "x" * 300
    + "{{slot:unsubscribe_url}}</body>"
)
TEXT = "{{slot:greeting}}\n\n.Enda et punktum\n\n{{slot:unsubscribe_url}}\n"


def make_prepared(**fields):
    series = Series(name="Lederbrev på Ås", slug="lederbrev")
    values = {
        "subject": "Blåbær og møter i nord: dette må dere vite før sommeren, og litt til som fyller linjen",
        "sender_name": "Kompetansetjenesten på Ås",
        "sender_email": "brev@tjenesten.example",
        "reply_to": "svar@tjenesten.example",
        "html": HTML,
        "text": TEXT,
        **fields,
    }
    return PreparedLetter(Delivery(series=series, **values))


def make_recipient(address="kari@helse.example"):
    return Recipient(email=address, message_id="<abc.def@tjenesten.example>")


def parse(raw):
    unstuffed = raw.replace(b"\r\n..", b"\r\n.")
    return email.message_from_bytes(unstuffed, policy=email.policy.default)


def wire(values=VALUES, **fields):
    return make_prepared(**fields).message(make_recipient(), values, "Sun, 22 Nov 2026 03:00:00 +0100")


def test_the_decoded_parts_are_the_frozen_texts_with_filled_slots():
    message = parse(wire())
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == TEXT.replace(
        "{{slot:greeting}}", VALUES["greeting"]
    ).replace("{{slot:unsubscribe_url}}", VALUES["unsubscribe_url"])
    assert "<p>Hei, Åse &amp; &lt;Bjørn&gt;</p>" in html.get_content()
    assert 'href="https://portal.example/l/1/2"' in html.get_content()
    assert "{{slot" not in html.get_content()


def test_the_message_is_seven_bit_with_short_lines():
    raw = wire({**VALUES, "t": "?t=" + "b" * 200, "pixel": "https://portal.example/o/x.gif"})
    assert max(raw) < 128
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 77  # a doubled dot may add one
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert not any(line.startswith(b".") and not line.startswith(b"..") for line in raw.split(b"\r\n"))
    assert raw.endswith(b"\r\n")


def test_the_pixel_is_a_picture_only_where_there_is_an_address():
    html = "<body>{{slot:pixel}}</body>"
    assert "<img" not in parse(wire(html=html)).get_body(("html",)).get_content()
    with_pixel = wire({**VALUES, "pixel": "https://portal.example/o/x.gif"}, html=html)
    assert '<img src="https://portal.example/o/x.gif"' in parse(with_pixel).get_body(("html",)).get_content()


def test_the_headers_say_who_what_and_how_to_leave(settings):
    settings.BOUNCE_DOMAIN, settings.BOUNCE_MAILBOX = "retur.tjenesten.example", "maildir:/var/mail/retur"
    message = parse(wire())
    assert message["From"].addresses[0].display_name == "Kompetansetjenesten på Ås"
    assert message["From"].addresses[0].addr_spec == "brev@tjenesten.example"
    assert message["Subject"].startswith("Blåbær og møter i nord")
    assert message["To"] == "kari@helse.example"
    assert message["Reply-To"] == "svar@tjenesten.example"
    assert message["Message-ID"] == "<abc.def@tjenesten.example>"
    assert message["List-Id"].endswith("<lederbrev.tjenesten.example>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    leave = message["List-Unsubscribe"]
    assert f"<{VALUES['unsubscribe_url']}>" in leave
    assert "<mailto:unsubscribe+" in leave
    assert message["Precedence"] == "bulk"
    assert message["Date"]
    names = [name.lower() for name in message]
    assert sorted(names) == sorted(set(names))


def test_a_header_cannot_be_broken_out_of():
    message = parse(wire(subject="Hei\r\nBcc: alle@example.no"))
    assert message["Bcc"] is None
    assert message["Subject"] == "Hei Bcc: alle@example.no"


def test_the_return_path_names_the_receiver_where_bounces_are_read(settings):
    delivery, recipient = Delivery(sender_email="brev@tjenesten.example"), make_recipient()
    settings.BOUNCE_DOMAIN = ""
    assert return_path(delivery, recipient) == "brev@tjenesten.example"
    settings.BOUNCE_DOMAIN = "retur.example"
    recipient.pk = 2**40
    assert return_path(delivery, recipient) == f"bounce+{return_key('bounce', recipient)}@retur.example"
    local = return_path(delivery, recipient).rpartition("@")[0]
    assert local == local.lower()
    assert len(local) <= 64
    # Whoever gets the letter forwarded, with its unsubscribe address, can make neither this nor the row's own key.
    assert return_key("unsubscribe", recipient) != return_key("bounce", recipient)
    assert recipient.key.hex not in local


@pytest.mark.parametrize(("domain", "mailbox"), [("", ""), ("retur.example", ""), ("", "maildir:/x")])
def test_leaving_by_mail_is_offered_only_where_such_mail_is_read(settings, domain, mailbox):
    settings.BOUNCE_DOMAIN, settings.BOUNCE_MAILBOX = domain, mailbox
    message = parse(wire())
    assert message["List-Unsubscribe"] == f"<{VALUES['unsubscribe_url']}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_norwegian_domain_travels_in_ascii():
    assert wire_address("post@blåbær.example") == "post@xn--blbr-roah.example"
    with pytest.raises(ValueError, match="ASCII"):
        wire_address("åse@example.no")


@pytest.mark.parametrize("length", range(60, 90))
def test_a_text_of_any_length_before_a_slot_keeps_within_the_line(length):
    html = "é" * 3 + "x" * length + "{{slot:greeting}}"
    raw = wire(html=html)
    assert max(len(line) for line in raw.partition(b"\r\n\r\n")[2].split(b"\r\n")) <= 76
    content = parse(raw).get_body(("html",)).get_content()
    assert content.startswith("é" * 3 + "x" * length + "Hei, ")


def test_quoted_printable_ends_lines_as_smtp_wants():
    assert quoted_printable("a\nb\r\nc") == b"a\r\nb\r\nc"


@pytest.mark.parametrize(
    "text",
    [
        "Lederbrev på Ås",
        "Blåbær " * 16 + "ærlig",
        "Kompetansetjenestens brev til ledere på alle nivåer i tverrfaglig spesialisert behandling, også på øyene",
        'TSB, "brev" (nytt) \\ <her>',
        "Uten et eneste mellomrom " + "å" * 90,
        "x" * 120,
        "Bare engelske bokstaver, men mange av dem, så langt at linjen brytes et sted midt inne i emnet her".replace(
            "å", "aa"
        ),
    ],
)
def test_names_and_subjects_arrive_letter_by_letter_whatever_their_length(text):
    delivery = {"subject": text, "sender_name": text, "sender_email": "brev@blåbær.example"}
    prepared = make_prepared(**delivery)
    prepared.delivery.series.name = text
    raw = PreparedLetter(prepared.delivery).message(
        make_recipient(), VALUES, "Sun, 22 Nov 2026 03:00:00 +0100"
    )
    head = raw.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    assert max(len(line) for line in head.split(b"\r\n")) <= 200
    for word in re.findall(rb"=\?[^?]+\?[bq]\?[^?]*\?=", head):
        assert len(word) <= 75  # RFC 2047, 2
    message = email.message_from_bytes(raw, policy=email.policy.compat32)

    def read(header):
        return str(make_header(decode_header(message[header].replace("\r\n", ""))))

    assert read("Subject") == " ".join(text.split())
    name, address = parseaddr(message["From"].replace("\r\n", ""))
    assert str(make_header(decode_header(name))) == " ".join(text.split())
    assert address == "brev@xn--blbr-roah.example"
    assert read("List-Id").endswith("<lederbrev.xn--blbr-roah.example>")
