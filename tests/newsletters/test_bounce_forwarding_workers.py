"""Forwarding replies on a database that really commits: failed commits, killed workers, several at once."""

import signal
from threading import Thread

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from newsletters.bounces import outgoing
from newsletters.bounces.handle import handle
from newsletters.models import HandledMail, StrayMail
from tests.newsletters.returned import DOMAIN, it_is_time, mail, sent_letters
from tests.newsletters.workers import at_once, kill_while_it_sends

pytestmark = pytest.mark.django_db(transaction=True)
WORK = "newsletters.tasks_bounces.forward_mail"


@pytest.fixture(autouse=True)
def _bounce_domain(site, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


@pytest.fixture
def reply() -> bytes:
    return mail("human-reply", sent_letters()[0])


def test_a_reply_is_never_sent_inside_a_transaction(reply, sink):
    handle(reply)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        outgoing.forward_waiting()
    assert sink.received == []
    assert outgoing.forward_waiting() == 1


def hang_up() -> None:
    """End this connection at the server's side, as a restart of the database does; what is open is rolled back."""
    pid = connection.connection.info.backend_pid

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()

    thread = Thread(target=end)
    thread.start()
    thread.join()


def test_a_commit_that_fails_forwards_nothing_and_the_mail_is_read_again(reply, sink, monkeypatch):
    store = outgoing.put

    def store_and_lose_the_database(*stored) -> None:
        store(*stored)
        hang_up()

    with monkeypatch.context() as broken:
        broken.setattr(outgoing, "put", store_and_lose_the_database)
        with pytest.raises(OperationalError):
            handle(reply)
    assert outgoing.forward_waiting() == 0
    assert sink.received == []
    assert not HandledMail.objects.exists()
    assert handle(reply) == "reply"
    assert outgoing.forward_waiting() == 1


def test_a_worker_killed_between_sending_and_recording_costs_one_copy_with_the_same_message_id(reply, sink):
    handle(reply)
    assert kill_while_it_sends(sink, WORK, BOUNCE_DOMAIN=DOMAIN) == -signal.SIGKILL
    assert len(sink.received) == 1
    assert outgoing.forward_waiting() == 0, "the dead worker's lease still holds"
    it_is_time()
    assert outgoing.forward_waiting() == 1
    assert list(sink.copies().values()) == [2]
    assert StrayMail.objects.get().state == "done"


def test_a_mail_whose_workers_were_killed_twice_is_left_to_an_adviser(reply, sink):
    handle(reply)
    for _worker in range(2):
        assert kill_while_it_sends(sink, WORK, BOUNCE_DOMAIN=DOMAIN) == -signal.SIGKILL
        it_is_time()
    assert outgoing.forward_waiting() == 0
    assert list(sink.copies().values()) == [2]
    assert StrayMail.objects.get().state == "failed"


def test_two_workers_at_once_forward_each_reply_once(sink):
    for letter in sent_letters(4):
        handle(mail("human-reply", letter))
    sink.delay = 0.1
    sent = at_once(outgoing.forward_waiting)
    assert sum(sent) == 4
    assert all(sent), "both took part"
    assert set(sink.copies().values()) == {1}
    assert len(sink.copies()) == 4


def test_two_runs_that_meet_at_one_mail_store_and_forward_it_once(reply, sink):
    kinds = at_once(lambda: handle(reply).value)
    assert sorted(kinds) == ["duplicate", "reply"]
    at_once(outgoing.forward_waiting)
    assert len(sink.received) == 1
