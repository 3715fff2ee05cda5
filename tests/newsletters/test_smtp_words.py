"""What broke on the way to the mail server is told in the portal's own words; servers' answers stay as they are."""

import logging
import socket
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.urls import reverse
from django.utils import timezone, translation

from newsletters import sending, smtp_connection
from newsletters.smtp import Outcome, Transport
from newsletters.smtp_connection import in_words
from tests.newsletters.factories import make_running, make_sender
from tests.newsletters.odd_server import CONTENT, GREETING, be_silent, hang_up, odd_server
from tests.newsletters.smtp_sink import free_port

MESSAGE = b"Subject: Hei\r\nMessage-ID: <1@x>\r\n\r\nHei\r\n"
SENTENCES = [sentence for _kind, sentence in smtp_connection.SENTENCES] + [smtp_connection.NOT_REACHED]


def send(settings, port):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    with Transport() as transport:
        return transport.send("a@x.example", "b@y.example", MESSAGE)


@pytest.fixture
def self_signed(tmp_path):
    """What a server needs that shows a certificate nobody has signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = timezone.now()
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    (tmp_path / "certificate.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem")
    return context


@pytest.mark.parametrize("language", ["nb", "nn"])
@pytest.mark.parametrize("sentence", sorted(set(SENTENCES)))
def test_each_sentence_stands_in_norwegian(sentence, language):
    with translation.override(language):
        assert translation.gettext(sentence) != sentence


def test_a_refused_connection(settings, caplog):
    reply = send(settings, free_port())
    assert (reply.outcome, reply.code, reply.text) == (Outcome.UNREACHABLE, None, smtp_connection.REFUSED)
    assert "ConnectionRefusedError" in caplog.text


def test_a_name_that_is_not_found():
    # Asking for such a name would leave this machine.
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert in_words(unknown) == smtp_connection.NOT_FOUND


def test_no_way_to_the_server():
    assert in_words(OSError(113, "No route to host")) == smtp_connection.NOT_REACHED


def test_a_certificate_nobody_has_signed(settings, self_signed, caplog):
    settings.EMAIL_USE_SSL = True
    with odd_server(tls=self_signed) as server:
        reply = send(settings, server.port)
    assert (reply.outcome, reply.text) == (Outcome.UNREACHABLE, smtp_connection.NOT_TRUSTED)
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_a_server_that_does_not_encrypt_though_it_should(settings):
    settings.EMAIL_USE_SSL = True
    with odd_server() as server:
        assert send(settings, server.port).text == smtp_connection.NOT_ENCRYPTED
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = False, True
    with odd_server() as server:
        assert send(settings, server.port).text == smtp_connection.NOT_OFFERED


def test_a_refused_log_in(settings, caplog):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    answers = {"EHLO": b"250-odd\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 5.7.8 Bad credentials\r\n"}
    with odd_server(answers=answers) as server:
        reply = send(settings, server.port)
    assert (reply.outcome, reply.text) == (Outcome.UNREACHABLE, smtp_connection.NOT_LOGGED_IN)
    assert "5.7.8 Bad credentials" in caplog.text
    assert "wrong" not in caplog.text
    with odd_server() as server:
        assert send(settings, server.port).text == smtp_connection.NOT_OFFERED


@pytest.mark.parametrize(("step", "outcome"), [("MAIL", Outcome.TEMPORARY), (CONTENT, Outcome.UNCERTAIN)])
def test_a_broken_connection_and_a_silent_server(settings, caplog, step, outcome):
    with odd_server(**{step: hang_up}) as server:
        reply = send(settings, server.port)
    assert (reply.outcome, reply.code, reply.text) == (outcome, None, smtp_connection.BROKEN)
    assert "Connection" in caplog.text
    settings.EMAIL_TIMEOUT = 0.5
    with odd_server(**{step: be_silent}) as server:
        reply = send(settings, server.port)
    assert (reply.outcome, reply.code, reply.text) == (outcome, None, smtp_connection.NO_ANSWER)


@pytest.mark.parametrize("step", [GREETING, "MAIL"])
@pytest.mark.parametrize(
    "answer", [b"Hello?\r\n", b"250 " + b"x" * 9000 + b"\r\n"], ids=["words", "long line"]
)
def test_an_answer_that_is_not_smtp(settings, step, answer):
    with odd_server(answers={step: answer}) as server:
        reply = send(settings, server.port)
    assert (reply.code, reply.text) == (None, smtp_connection.NOT_SMTP)


def test_what_the_server_says_while_it_greets_stays_as_it_is(settings):
    with odd_server(answers={GREETING: b"421 4.3.2 Try later\r\n"}) as server:
        reply = send(settings, server.port)
    assert (reply.outcome, reply.code, reply.text) == (Outcome.UNREACHABLE, 421, "4.3.2 Try later")


@pytest.mark.django_db
def test_advisers_read_what_broke_in_norwegian_and_servers_answers_as_they_came(
    site, sink, settings, client, caplog
):
    settings.MFA_REQUIRED = False
    caplog.set_level(logging.INFO)
    delivery = make_running(3)
    sink.drop_after_keeping = {2}
    sending.send_delivery(delivery.pk)
    client.force_login(make_sender())
    page = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk])).content.decode()
    assert "Forbindelsen til e-posttjeneren ble brutt." in page
    assert "2.0.0 OK queued" in page
    assert "unexpectedly" not in page
    assert "unexpectedly" in caplog.text


@pytest.mark.django_db
def test_the_deliverys_page_says_why_nothing_leaves(site, settings, caplog):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    delivery = make_running(1)
    sending.send_delivery(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status_reason == "E-posttjeneren svarer ikke: forbindelsen ble avvist."
    with odd_server(answers={GREETING: b"421 4.3.2 Busy, ask drift@sykehus.example\r\n"}) as server:
        settings.EMAIL_PORT = server.port
        sending.send_delivery(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status_reason == "E-posttjeneren tar ikke imot brev nå: 421 4.3.2 Busy, ask …"
