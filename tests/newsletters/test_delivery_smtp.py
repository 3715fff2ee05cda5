"""The SMTP side against a real server: what each answer and each breakdown means."""

import pytest

from newsletters import smtp
from newsletters.smtp import Outcome, Reply, Stage, Transport, classify, is_soft
from tests.newsletters.odd_server import CONTENT, odd_server
from tests.newsletters.smtp_sink import free_port, running_sink

MESSAGE = b"Subject: Hei\r\nMessage-ID: <1@x>\r\n\r\n..punktum\r\n"


@pytest.fixture
def sink(settings):
    with running_sink() as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome"),
    [
        (Stage.CONTENT, 250, "2.0.0 OK", Outcome.SENT),
        (Stage.RCPT, 451, "4.7.1 Greylisted", Outcome.TEMPORARY),
        (Stage.CONTENT, 421, "4.3.2 Closing", Outcome.TEMPORARY),
        (Stage.RCPT, 550, "5.1.1 No such user", Outcome.HARD_BOUNCE),
        (Stage.CONTENT, 554, "5.1.10 Recipient not found", Outcome.HARD_BOUNCE),
        (Stage.RCPT, 550, "No such user here", Outcome.HARD_BOUNCE),
        (Stage.RCPT, 550, "5.2.1 Mailbox disabled", Outcome.HARD_BOUNCE),
        (Stage.RCPT, 550, "5.7.1 Not allowed", Outcome.POLICY),
        (Stage.RCPT, 550, "Blocked using a blocklist", Outcome.POLICY),
        (Stage.CONTENT, 554, "5.7.1 Message is spam", Outcome.POLICY),
        (Stage.CONTENT, 550, "5.7.26 DMARC", Outcome.POLICY),
        (Stage.MAIL, 550, "5.1.8 Bad sender", Outcome.POLICY),
        (Stage.RCPT, 550, "5.1.8 Bad sender's system address", Outcome.POLICY),
        (Stage.RCPT, 552, "5.2.2 Mailbox full", Outcome.FULL),
        (Stage.RCPT, 550, "5.2.2 Mailbox full", Outcome.FULL),
        (Stage.RCPT, 550, "4.2.2 Mailbox full", Outcome.FULL),
        (Stage.CONTENT, 554, "5.2.2 Over quota", Outcome.FULL),
        (Stage.RCPT, 452, "4.2.2 Mailbox full", Outcome.TEMPORARY),
        (Stage.CONTENT, 552, "5.3.4 Message too big", Outcome.FAILED),
    ],
)
def test_answers_are_told_apart(stage, code, text, outcome):
    assert classify(stage, code, text) is outcome


@pytest.mark.parametrize(
    ("code", "text", "counts"),
    [
        (452, "4.2.2 Mailbox full", True),
        (450, "Try again later", True),
        (550, "5.2.2 Mailbox full", True),
        (451, "4.7.1 Greylisted", False),
        (450, "4.1.8 Domain of sender address not found", False),
        (451, "4.3.0 Temporary lookup failure", False),
        (421, "Too many connections", False),
        (None, "The connection broke", False),
        (552, "5.3.4 Message too big", False),
    ],
)
def test_what_the_system_or_its_policy_says_when_one_gives_up_does_not_count_against_the_address(
    code, text, counts
):
    outcome = classify(Stage.RCPT, code, text) if code else Outcome.TEMPORARY
    assert is_soft(Reply(outcome, code, text)) is counts


def test_a_relay_gets_a_new_connection_after_so_many_messages(sink, monkeypatch):
    monkeypatch.setattr(smtp, "MESSAGES_PER_CONNECTION", 3)
    with Transport() as transport:
        replies = [transport.send("a@x.example", f"b{n}@y.example", MESSAGE) for n in range(7)]
    assert {reply.outcome for reply in replies} == {Outcome.SENT}
    ports = [received.peer_port for received in sink.received]
    assert [ports.count(port) for port in dict.fromkeys(ports)] == [3, 3, 1]


def test_many_messages_share_one_connection(sink):
    with Transport() as transport:
        replies = [transport.send("a@x.example", f"b{n}@y.example", MESSAGE) for n in range(5)]
    assert {reply.outcome for reply in replies} == {Outcome.SENT}
    assert len(sink.received) == 5
    assert sink.connections == 1
    assert sink.received[0].raw.endswith(b"\r\n.punktum\r\n")


def test_after_a_refused_receiver_the_next_one_is_served(sink):
    sink.refuse_receivers = {"borte": "550 5.1.1 Finnes ikke"}
    with Transport() as transport:
        refused = transport.send("a@x.example", "borte@y.example", MESSAGE)
        taken = transport.send("a@x.example", "her@y.example", MESSAGE)
    assert (refused.outcome, refused.code) == (Outcome.HARD_BOUNCE, 550)
    assert "Finnes ikke" in refused.text
    assert taken.outcome is Outcome.SENT


def test_a_connection_broken_before_the_answer_leaves_the_outcome_open(sink):
    sink.drop_after_keeping = {1}
    with Transport() as transport:
        first = transport.send("a@x.example", "b@y.example", MESSAGE)
        second = transport.send("a@x.example", "c@y.example", MESSAGE)
    assert first.outcome is Outcome.UNCERTAIN
    assert second.outcome is Outcome.SENT
    assert sink.connections == 2


def test_a_server_that_went_away_between_two_messages_costs_nothing(sink, settings):
    with Transport() as transport:
        transport.send("a@x.example", "b@y.example", MESSAGE)
        transport._connection.sock.shutdown(2)
        assert transport.send("a@x.example", "c@y.example", MESSAGE).outcome is Outcome.TEMPORARY
        assert transport.send("a@x.example", "c@y.example", MESSAGE).outcome is Outcome.SENT


def test_no_server_at_all_is_not_the_receivers_fault(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with Transport() as transport:
        assert transport.send("a@x.example", "b@y.example", MESSAGE).outcome is Outcome.UNREACHABLE


def test_a_goodbye_in_the_middle_is_temporary_and_opens_a_new_connection(sink):
    sink.refuse_receivers = {"b": "421 4.3.2 Closing"}
    with Transport() as transport:
        assert transport.send("a@x.example", "b@y.example", MESSAGE).outcome is Outcome.TEMPORARY
        assert transport.send("a@x.example", "c@y.example", MESSAGE).outcome is Outcome.SENT
    assert sink.connections == 2


def test_a_connection_broken_in_the_middle_of_a_letter_leaves_the_outcome_open(sink):
    sink.drop_in_content = {1}
    with Transport() as transport:
        first = transport.send("a@x.example", "b@y.example", MESSAGE + b"x" * 3_000_000 + b"\r\n")
        second = transport.send("a@x.example", "c@y.example", MESSAGE)
    assert first.outcome is Outcome.UNCERTAIN
    assert second.outcome is Outcome.SENT
    assert sink.receivers() == ["c@y.example"]


def test_a_server_slower_than_the_time_out_leaves_the_outcome_open_and_holds_up_nobody(sink, settings):
    settings.EMAIL_TIMEOUT = 0.2
    sink.delay = 5
    with Transport() as transport:
        assert transport.send("a@x.example", "b@y.example", MESSAGE).outcome is Outcome.UNCERTAIN
        sink.delay = 0
        assert transport.send("a@x.example", "c@y.example", MESSAGE).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("421 4.3.2 Closing", Outcome.TEMPORARY),
        ("450 4.2.1 Busy", Outcome.TEMPORARY),
        ("550 5.7.1 Spam", Outcome.POLICY),
    ],
)
def test_a_refusal_of_the_content_is_no_loss_to_the_next_letter(sink, answer, outcome):
    sink.refuse_content = answer
    with Transport() as transport:
        assert transport.send("a@x.example", "b@y.example", MESSAGE).outcome is outcome
        sink.refuse_content = ""
        assert transport.send("a@x.example", "c@y.example", MESSAGE).outcome is Outcome.SENT
    assert sink.receivers() == ["c@y.example"]


PIPELINING = b"250-odd.example\r\n250 PIPELINING\r\n"


def send_to(server, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    with Transport() as transport:
        return transport.send("a@x.example", "b@y.example", MESSAGE)


def test_a_server_that_can_gets_the_envelope_in_one_go(settings):
    with odd_server(answers={"EHLO": PIPELINING}) as server:
        assert send_to(server, settings).outcome is Outcome.SENT
    assert server.heard[1] == b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n"
    assert server.content == MESSAGE + b".\r\n"


def test_a_pipelining_server_that_refused_the_receiver_gets_no_content(settings):
    answers = {"EHLO": PIPELINING, "RCPT": b"550 5.1.1 no\r\n", CONTENT: b"554 no receivers\r\n"}
    with odd_server(answers=answers) as server:
        assert send_to(server, settings).outcome is Outcome.HARD_BOUNCE
    assert server.content == b".\r\n"
    assert [heard.upper() for heard in server.heard[2:]] == [b"RSET\r\n", b"QUIT\r\n"]
