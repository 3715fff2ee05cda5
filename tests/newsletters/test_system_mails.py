"""Mails of the portal itself: refused for now they are sent later, refused for good they end; none stops the rest."""

import logging
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from newsletters import mails, standstill, tasks, tasks_statistics
from newsletters.models import Delivery, Notice, SignupRequest
from newsletters.posting import PATIENT_TRIES
from newsletters.queue import BACK_OFF
from newsletters.signing_up import confirm
from tests.core.anonymous import OWN_ORIGIN, sealed
from tests.newsletters.factories import PersonFactory, SeriesFactory, make_running, make_sender
from tests.newsletters.odd_server import CONTENT, flood, odd_server, trickle
from tests.newsletters.workers import at_once, kill_while_it_sends

pytestmark = pytest.mark.django_db
SIGNUPS = "newsletters.tasks_statistics.mail_signups"


@pytest.fixture(autouse=True)
def _real_mail(site, sink, settings, monkeypatch):
    """Mails go to the sink; the broker takes jobs that nobody does."""
    settings.EMAIL_BACKEND = "core.mail.EmailBackend"
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: True)
    cache.clear()


def sign_up(email: str = "kari@sykehus.example", **fields) -> SignupRequest:
    request = SignupRequest.objects.create(email=email, **fields)
    request.series.add(SeriesFactory())
    return request


def it_is_time() -> None:
    """Every wait and every lease has run out."""
    past = timezone.now() - timedelta(seconds=1)
    for rows in (SignupRequest.objects, Notice.objects):
        rows.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)
        rows.filter(lease_until__isnull=False).update(lease_until=past)


def waiting() -> int:
    return SignupRequest.objects.filter(mailed_at=None, gave_up_at=None).count()


def test_a_confirmation_put_off_by_greylisting_is_sent_later(sink):
    sign_up()
    sink.refuse_receivers = {"kari": "450 4.2.0 Greylisted, try again later"}
    before = timezone.now()
    assert mails.send_waiting_signup_mails() == 0
    assert SignupRequest.objects.get().next_attempt_at >= before + timedelta(minutes=BACK_OFF[0])
    sink.refuse_receivers = {}
    assert mails.send_waiting_signup_mails() == 0, "it is not asked again at once"
    it_is_time()
    assert mails.send_waiting_signup_mails() == 1
    assert sink.receivers() == ["kari@sykehus.example"]
    assert SignupRequest.objects.get().mailed_at


def test_however_often_it_is_put_off_it_is_not_given_up_within_the_day(sink):
    sign_up()
    sink.refuse_receivers = {"kari": "450 4.2.0 Greylisted"}
    for _attempt in range(len(BACK_OFF) + 2):
        mails.send_waiting_signup_mails()
        it_is_time()
    assert waiting() == 1
    SignupRequest.objects.update(requested_at=timezone.now() - timedelta(hours=mails.GIVE_UP_HOURS))
    sink.refuse_receivers = {}
    assert mails.send_waiting_signup_mails() == 0


@pytest.mark.parametrize(
    ("refuse", "waits"),
    [
        ({"refuse_receivers": {"kari": "550 5.1.1 No such user"}}, False),
        ({"refuse_content": "554 5.7.1 We do not like it"}, False),
        ({"refuse_content": "452 4.3.1 Disk full"}, True),
        ({"refuse_sender": "451 4.3.0 Later"}, True),
        ({"drop_before_keeping": {1}}, True),
        ({"drop_in_content": {1}}, True),
    ],
)
def test_only_a_refusal_for_good_ends_it_and_neither_stops_the_next(sink, refuse, waits):
    sign_up("kari@sykehus.example")
    sign_up("ola@sykehus.example")
    for name, value in refuse.items():
        setattr(sink, name, value)
    mails.send_waiting_signup_mails()
    assert list(SignupRequest.objects.values_list("attempts", flat=True)) == [1, 1], "both had their turn"
    sink.refuse_receivers, sink.refuse_content, sink.refuse_sender = {}, "", ""
    it_is_time()
    mails.send_waiting_signup_mails()
    assert ("kari@sykehus.example" in sink.receivers()) == waits
    assert waiting() == 0


ALWAYS = set(range(1, 100))


def test_a_break_behind_the_content_costs_one_copy_with_the_same_message_id(sink):
    sign_up()
    sink.drop_after_keeping = {1}
    for _round in range(3):
        mails.send_waiting_signup_mails()
        it_is_time()
    assert list(sink.copies().values()) == [2]
    assert SignupRequest.objects.get().mailed_at


def test_a_server_that_always_breaks_behind_the_content_gets_two_copies_and_no_more(sink, caplog):
    sign_up()
    sink.drop_after_keeping = ALWAYS
    for _round in range(6):
        mails.send_waiting_signup_mails()
        it_is_time()
    assert list(sink.copies().values()) == [2]
    assert waiting() == 0
    assert "given up" in caplog.text


def test_a_server_that_breaks_before_the_content_is_asked_as_one_that_refuses_for_now(sink, settings):
    sign_up()
    here = settings.EMAIL_PORT
    with odd_server(DATA=lambda server, client: client.close()) as server:
        settings.EMAIL_PORT = server.port
        for _round in range(3):
            mails.send_waiting_signup_mails()
            it_is_time()
    settings.EMAIL_PORT = here
    assert not SignupRequest.objects.get().is_uncertain
    assert mails.send_waiting_signup_mails() == 1


@pytest.mark.parametrize("odd", [trickle, flood])
def test_a_server_that_answers_without_end_costs_one_letters_time_and_two_copies(settings, odd):
    settings.LETTER_MESSAGE_SECONDS = 0.5
    sign_up()
    with odd_server(**{CONTENT: odd}) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        for _round in range(4):
            started = time.monotonic()
            mails.send_waiting_signup_mails()
            assert time.monotonic() - started < 5
            it_is_time()
        assert server.connections == 2
    assert waiting() == 0


def test_a_goodbye_without_end_makes_no_copy(settings):
    settings.LETTER_MESSAGE_SECONDS = 0.5
    sign_up()
    with odd_server(QUIT=flood) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        assert mails.send_waiting_signup_mails() == 1


def test_nothing_is_tried_for_ever(sink):
    sign_up()
    sink.refuse_receivers = {"kari": "450 4.2.0 Greylisted"}
    SignupRequest.objects.update(attempts=PATIENT_TRIES - 1)
    mails.send_waiting_signup_mails()
    assert waiting() == 0


def test_a_link_that_may_have_arrived_is_sent_once_more_and_then_ends(sink):
    person = PersonFactory()
    sink.drop_after_keeping = ALWAYS
    tasks_statistics.mail_preferences(person.pk)  # raises nothing that Celery would try again
    assert sink.receivers() == [person.email] * 2


def test_a_mail_that_cannot_be_made_waits_and_stops_no_other(sink, monkeypatch, caplog):
    broken = sign_up("kari@sykehus.example")
    sign_up("ola@sykehus.example")
    make_token = mails.make_token

    def fail_for_the_first(purpose: str, *values) -> str:
        if values == (broken.pk,):
            raise ValueError("a fault in the portal")
        return make_token(purpose, *values)

    with monkeypatch.context() as faulty:
        faulty.setattr(mails, "make_token", fail_for_the_first)
        assert mails.send_waiting_signup_mails() == 1
    assert any(record.levelno == logging.ERROR for record in caplog.records)
    it_is_time()
    assert mails.send_waiting_signup_mails() == 1
    assert sink.receivers() == ["ola@sykehus.example", "kari@sykehus.example"]


def test_a_mail_server_that_is_away_costs_no_attempt(sink, settings):
    sign_up()
    here, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    for _round in range(3):
        with pytest.raises(OSError, match="refused"):
            mails.send_waiting_signup_mails()
    assert SignupRequest.objects.get().attempts == 0
    settings.EMAIL_PORT = here
    assert mails.send_waiting_signup_mails() == 1


def test_no_address_is_written_to_the_log(sink, caplog):
    caplog.set_level(logging.DEBUG, "newsletters")
    sign_up()
    sink.refuse_receivers = {"kari": "550 5.1.1 <kari@sykehus.example>: no such user"}
    mails.send_waiting_signup_mails()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("newsletters")]
    assert "no such user" in " ".join(said)
    assert "kari@" not in " ".join(said)


def stopped_delivery() -> Delivery:
    make_sender()
    delivery = make_running(1)
    Delivery.objects.filter(pk=delivery.pk).update(status="paused", status_reason="Serveren nekter")
    return delivery


def test_who_cannot_be_told_of_a_standstill_is_asked_again_only_after_a_refusal_for_now(sink):
    delivery = stopped_delivery()
    for answer, told in [("451 4.3.0 Later", False), ("550 5.1.1 No such user", True)]:
        sink.refuse_receivers = {"radgiver": answer}
        assert standstill.tell() == 0
        delivery.refresh_from_db()
        assert bool(delivery.standstill_told_at) == told
        it_is_time()


def test_a_standstill_told_while_the_connection_always_breaks_is_told_twice_at_most(sink):
    delivery = stopped_delivery()
    sink.drop_after_keeping = ALWAYS
    for _round in range(5):
        standstill.tell()
        it_is_time()
    assert list(sink.copies().values()) == [2]
    delivery.refresh_from_db()
    assert delivery.standstill_told_at


def test_a_standstill_that_comes_again_is_told_under_another_message_id(sink):
    delivery = stopped_delivery()
    for reason in ("Serveren nekter", "", "Serveren nekter"):
        Delivery.objects.filter(pk=delivery.pk).update(status_reason=reason)
        standstill.tell()
    assert list(sink.copies().values()) == [1, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["approval", "standstill"])
def test_a_worker_killed_while_it_tells_colleagues_leaves_nobody_untold(sink, kind):
    delivery = stopped_delivery()
    if kind == "approval":
        Delivery.objects.filter(pk=delivery.pk).update(status="awaiting", status_reason="")
    assert kill_while_it_sends(sink, "newsletters.tasks.tell_standstills") == -signal.SIGKILL
    tasks.tell_standstills()
    assert len(sink.received) == 1, "the dead worker's lease still holds"
    it_is_time()
    tasks.tell_standstills()
    tasks.tell_standstills()
    assert list(sink.copies().values()) == [2]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_of_a_standstill_once(sink):
    stopped_delivery()
    sink.delay = 0.1
    assert sorted(at_once(standstill.tell)) == [0, 1]
    assert list(sink.copies().values()) == [1]


@pytest.mark.parametrize("task", [tasks_statistics.mail_erasure, tasks_statistics.mail_preferences])
def test_a_link_is_asked_for_again_only_while_that_can_help(sink, task):
    person = PersonFactory()
    sink.refuse_receivers = {person.email: "450 4.2.0 Greylisted"}
    with pytest.raises(OSError, match="450"):
        task(person.pk)  # Celery tries again what raises this
    sink.refuse_receivers = {person.email: "550 5.1.1 No such user"}
    task(person.pk)
    sink.refuse_receivers = {}
    task(person.pk)
    assert sink.receivers() == [person.email]


def test_without_a_broker_a_link_put_off_for_now_is_not_promised(client, sink, monkeypatch):
    monkeypatch.setattr("newsletters.link_mails.enqueue", lambda task, *args: False)
    person = PersonFactory()

    def ask():
        return client.post(
            "/preferanser/", {**sealed(), "email": person.email}, headers=OWN_ORIGIN
        ).status_code

    sink.refuse_receivers = {person.email: "450 4.2.0 Greylisted"}
    assert ask() == 503
    sink.refuse_receivers = {person.email: "550 5.1.1 No such user"}
    assert ask() == 302
    sink.refuse_receivers = {}
    assert ask() == 302
    assert sink.receivers() == [person.email]


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_is_never_sent_inside_a_transaction(sink):
    sign_up()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        mails.send_waiting_signup_mails()
    assert sink.received == []
    assert mails.send_waiting_signup_mails() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_sign_up_once(sink):
    for number in range(4):
        sign_up(f"kari{number}@sykehus.example")
    sink.delay = 0.1
    sent = at_once(mails.send_waiting_signup_mails)
    assert sum(sent) == 4
    assert all(sent), "both took part"
    assert sorted(sink.copies().values()) == [1, 1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_welcome_once(sink):
    for number in range(4):
        confirm(sign_up(f"kari{number}@sykehus.example").pk)
    sink.delay = 0.1
    assert sum(at_once(mails.send_waiting_signup_mails)) == 4
    assert sorted(sink.copies().values()) == [1, 1, 1, 1]
    assert not SignupRequest.objects.filter(welcomed_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_costs_one_copy_with_the_same_message_id_and_two_end_it(sink):
    sign_up()
    assert kill_while_it_sends(sink, SIGNUPS) == -signal.SIGKILL
    assert mails.send_waiting_signup_mails() == 0, "the dead worker's lease still holds"
    it_is_time()
    assert kill_while_it_sends(sink, SIGNUPS) == -signal.SIGKILL
    it_is_time()
    assert mails.send_waiting_signup_mails() == 0
    assert list(sink.copies().values()) == [2]
    assert SignupRequest.objects.get().gave_up_at


@pytest.mark.django_db(transaction=True)
def test_who_confirms_before_the_worker_has_its_answer_is_welcomed_all_the_same(sink):
    request = sign_up()

    def press_the_button() -> None:
        confirm(request.pk)
        connection.close()

    def press_at_once(received) -> None:
        with ThreadPoolExecutor(1) as reader:
            reader.submit(press_the_button).result()

    sink.on_message = press_at_once
    mails.send_waiting_signup_mails()
    sink.on_message = None
    mails.send_waiting_signup_mails()
    confirmation, welcome = sink.received
    assert confirmation.message_id != welcome.message_id
    request.refresh_from_db()
    assert request.mailed_at
    assert request.welcomed_at
