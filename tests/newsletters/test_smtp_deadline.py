"""However slow the mail server is, a message is over in its time, and its outcome says how far it came."""

import time

import pytest

from newsletters.smtp import Outcome, Transport
from tests.newsletters.odd_server import (
    CONTENT,
    END,
    GREETING,
    PATIENCE,
    READING,
    be_silent,
    flood,
    odd_server,
    read_slowly,
    trickle,
)

MESSAGE = b"Subject: Hei\r\nMessage-ID: <1@x>\r\n\r\nHei\r\n"
SECONDS = 1.0


@pytest.fixture
def send(settings):
    """Send one message to a server; return the answer. Fails when it took much longer than it may."""
    settings.LETTER_MESSAGE_SECONDS = SECONDS
    settings.EMAIL_HOST = "127.0.0.1"

    def send_to(server, message=MESSAGE):
        settings.EMAIL_PORT = server.port
        transport, started = Transport(), time.monotonic()
        reply = transport.send("a@x.example", "b@y.example", message)
        assert time.monotonic() - started < PATIENCE / 2
        assert transport._connection is None, "the connection is dropped"
        return reply

    return send_to


@pytest.mark.parametrize("odd", [trickle, flood])
@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        (GREETING, Outcome.UNREACHABLE),
        ("EHLO", Outcome.UNREACHABLE),
        ("MAIL", Outcome.TEMPORARY),
        ("RCPT", Outcome.TEMPORARY),
        ("DATA", Outcome.TEMPORARY),
        (CONTENT, Outcome.UNCERTAIN),
    ],
)
def test_an_answer_that_does_not_end_costs_one_messages_time(send, step, outcome, odd):
    with odd_server(**{step: odd}) as server:
        assert send(server).outcome is outcome


@pytest.mark.parametrize("odd", [trickle, flood])
def test_answers_to_several_commands_at_once_have_the_same_time(send, odd):
    with odd_server(answers={"EHLO": b"250-odd\r\n250 PIPELINING\r\n"}, RCPT=odd) as server:
        assert send(server).outcome is Outcome.TEMPORARY


def test_a_flood_of_an_answer_is_not_even_heard_until_the_time_is_over(send, settings):
    settings.LETTER_MESSAGE_SECONDS = 3 * PATIENCE
    with odd_server(MAIL=flood) as server:
        assert send(server).outcome is Outcome.TEMPORARY


def test_steps_that_are_each_quick_enough_may_not_take_too_long_together(send):
    def a_little_late(server, client):
        server.stopped.wait(SECONDS * 0.4)
        client.sendall(b"250 OK\r\n")

    with odd_server(EHLO=a_little_late, MAIL=a_little_late, RCPT=a_little_late) as server:
        assert send(server).outcome is Outcome.TEMPORARY
        assert server.content == b""


@pytest.mark.parametrize(
    "size", [200_000, 20_000_000], ids=["in the machine's buffers", "still in the worker"]
)
def test_a_letter_that_is_read_too_slowly_is_uncertain_and_stops_leaving(send, size):
    with odd_server(**{READING: read_slowly}) as server:
        assert send(server, MESSAGE + b"x" * size + b"\r\n").outcome is Outcome.UNCERTAIN
        assert server.is_left.wait(PATIENCE)
        assert server.content
        assert END not in server.content


def test_encryption_that_never_comes_about_ends_in_time_from_the_start(send, settings):
    settings.EMAIL_USE_SSL = True
    with odd_server(**{GREETING: be_silent}) as server:
        assert send(server).outcome is Outcome.UNREACHABLE


def test_encryption_that_never_comes_about_ends_in_time_when_it_is_asked_for(send, settings):
    settings.EMAIL_USE_TLS = True
    answers = {"EHLO": b"250-odd\r\n250 STARTTLS\r\n", "STAR": b"220 Go on\r\n"}
    with odd_server(answers=answers) as server:
        # The server takes what the encryption begins with for a command, and never says anything that ends.
        server.oddities[b"\x16\x03\x01\x02".decode("latin-1")] = trickle
        assert send(server).outcome is Outcome.UNREACHABLE


def test_a_goodbye_that_is_not_answered_costs_seconds(settings, monkeypatch):
    monkeypatch.setattr("newsletters.smtp.GOODBYE_SECONDS", SECONDS)
    with odd_server(QUIT=trickle) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        transport, started = Transport(), time.monotonic()
        assert transport.send("a@x.example", "b@y.example", MESSAGE).outcome is Outcome.SENT
        transport.close()
        assert time.monotonic() - started < PATIENCE / 2


def test_each_message_on_a_connection_has_a_time_of_its_own(settings):
    settings.LETTER_MESSAGE_SECONDS = 2

    def a_little_late(server, client):
        server.stopped.wait(0.5)
        client.sendall(b"250 2.0.0 Taken\r\n")

    with odd_server(**{CONTENT: a_little_late}) as server, Transport() as transport:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        outcomes = []
        for _n in range(6):
            server.content = b""
            outcomes.append(transport.send("a@x.example", "b@y.example", MESSAGE).outcome)
    assert outcomes == [Outcome.SENT] * 6
    assert server.connections == 1
