"""The demo's mail sink keeps what it is sent, and the outbox shows it as its receiver would see it."""

import mailbox as maildir
import smtplib
import socket
from email.message import EmailMessage

import pytest
from django.urls import reverse

from demo import mailbox
from demo.services import sink


@pytest.fixture
def outbox(tmp_path, monkeypatch):
    """An outbox of its own."""
    folder = tmp_path / "outbox"
    monkeypatch.setattr(mailbox, "outbox", lambda: folder)
    return folder


@pytest.fixture
def server(outbox):
    """A running mail sink; returns its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = sink.start(outbox, port, returned=outbox.parent / "returned")
    yield port
    controller.stop()


def letter(to="kari@example.no", subject="Lederbrev nr. 1: påsken nærmer seg"):
    message = EmailMessage()
    message["From"] = "Tjenesten <portal@example.no>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Les mer på http://localhost:8000/l/1/2?a=1&b=2.\n<script>")
    message.add_alternative(
        "<html><head></head><body><a href='http://localhost:8000/l/1/2'>Les mer æøå</a></body></html>",
        subtype="html",
    )
    return message


def send(port, message, to):
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message, to_addrs=[to])


def test_a_mail_sent_over_smtp_is_listed_with_its_receiver(server, client, db):
    send(server, letter(), "kari@example.no")
    page = client.get(reverse("demo:outbox")).content.decode()
    assert "kari@example.no" in page
    assert "Lederbrev nr. 1: påsken nærmer seg" in page


def test_what_is_sent_to_the_return_path_lies_where_the_portal_reads_bounces(server, outbox):
    to = f"unsubscribe+abc@{sink.RETURN_DOMAIN}"
    send(server, letter(to), to)
    returned = list(maildir.Maildir(outbox.parent / "returned"))
    assert [mail["Delivered-To"] for mail in returned] == [to]
    assert returned[0]["Return-Path"] == "<portal@example.no>"
    assert not list(outbox.glob("*.eml"))


def test_the_newest_mail_stands_first_and_an_address_can_be_searched(server, client, db):
    send(server, letter("a@example.no", "Eldst"), "a@example.no")
    send(server, letter("b@example.no", "Nyest"), "b@example.no")
    assert [mail.subject for mail in mailbox.mails()] == ["Nyest", "Eldst"]
    found = client.get(reverse("demo:outbox"), {"q": "A@example"}).content.decode()
    assert "Eldst" in found
    assert "Nyest" not in found


def test_a_mail_is_shown_with_links_that_can_be_clicked_and_nothing_that_runs(server, client, db):
    send(server, letter(), "kari@example.no")
    name = mailbox.mails()[0].name
    page = client.get(reverse("demo:mail", args=[name])).content.decode()
    assert 'href="http://localhost:8000/l/1/2?a=1&amp;b=2"' in page
    assert "&lt;script&gt;" in page
    assert "<script>\n" not in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "X-Envelope-To" in page


def test_the_html_part_comes_with_a_policy_that_lets_nothing_run(server, client, db):
    send(server, letter(), "kari@example.no")
    response = client.get(reverse("demo:mail_html", args=[mailbox.mails()[0].name]))
    assert "Les mer æøå" in response.content.decode()
    assert '<base target="_blank">' in response.content.decode()
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_the_raw_mail_can_be_fetched(server, client, db):
    send(server, letter(), "kari@example.no")
    response = client.get(reverse("demo:mail_raw", args=[mailbox.mails()[0].name]))
    assert response["Content-Type"] == "message/rfc822"
    assert b"multipart/alternative" in response.content


@pytest.mark.parametrize("name", ["nothing.eml", "..%2Fprepared", "00000000000000000001-1-000000.eml"])
def test_an_unknown_mail_is_not_found(outbox, client, db, name):
    for view in ("mail", "mail_html", "mail_raw"):
        assert (
            client.get(
                f"/dev/outbox/{name}/" + {"mail": "", "mail_html": "html/", "mail_raw": "raw/"}[view]
            ).status_code
            == 404
        )


def test_an_empty_outbox_says_so(outbox, client, db):
    page = client.get(reverse("demo:outbox")).content.decode()
    assert "Ingen e-post her ennå." in page
    assert "tp-rows" not in page


@pytest.mark.parametrize(("address", "code"), [("avvist.ola@example.no", 550), ("full.ola@example.no", 452)])
def test_addresses_that_stand_for_failures_are_refused(server, address, code):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(server, letter(address), address)
    assert refused.value.recipients[address][0] == code


def test_a_mail_without_subject_or_html_is_shown(server, client, db):
    message = EmailMessage()
    message["From"] = "a@example.no"
    message.set_content("Bare tekst")
    send(server, message, "b@example.no")
    page = client.get(reverse("demo:mail", args=[mailbox.mails()[0].name])).content.decode()
    assert "Bare tekst" in page
    assert "<iframe" not in page
