"""People's replies on their way to those who read them: stored with the mail's mark, forwarded once, then erased."""

import io
import mailbox
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from directory.services import erase_person
from newsletters import tasks_bounces
from newsletters.bounces import outgoing, stray
from newsletters.bounces.classify import LOOP_HEADER
from newsletters.bounces.handle import handle
from newsletters.models import StrayMail
from newsletters.queue import BACK_OFF
from newsletters.smtp import Outcome, Reply
from tests.newsletters.imap_server import running_imap
from tests.newsletters.returned import DOMAIN, it_is_time, mail, sent_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bounce_domain(site, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


@pytest.fixture
def letter():
    return sent_letters()[0]


@pytest.fixture
def reply(letter) -> bytes:
    return mail("human-reply", letter)


def test_a_reply_is_forwarded_unchanged_to_those_who_read_replies(letter, sink):
    series = letter.delivery.series
    series.reply_to = "svar@tjenesten.example"
    series.save()
    raw = mail("human-reply", letter).replace(b"\n", b"\r\n")
    assert handle(raw) == "reply"
    assert sink.received == []
    assert outgoing.forward_waiting() == 1
    (got,) = sink.received
    assert (got.sender, got.receiver) == ("portal@example.no", "svar@tjenesten.example")
    assert raw in got.raw
    assert got.message["Reply-To"] == letter.email
    assert got.message["Auto-Submitted"] == "auto-generated"
    assert got.message["Subject"] == "Svar på et brev: Sv: Nytt om behandlingsavbrudd"
    assert "Takk for brevet!" in got.part("plain")
    assert outgoing.forward_waiting() == 0


def test_lines_that_begin_with_a_dot_and_parts_without_an_end_come_through(letter, sink):
    raw = mail("human-reply", letter).rstrip() + b"\n.\n..to punktum\n.hidden"
    handle(raw)
    outgoing.forward_waiting()
    assert raw.replace(b"\n", b"\r\n") in sink.received[0].raw


def test_nothing_is_kept_of_a_reply_that_has_been_forwarded(reply, sink):
    handle(reply)
    outgoing.forward_waiting()
    row = StrayMail.objects.get()
    assert (row.state, row.reason, row.forwarded_to) == ("done", "reply", "brev@tjenesten.example")
    assert (bytes(row.body), row.sender, row.subject, row.address_hashes) == (b"", "", "", [])
    StrayMail.objects.update(forwarded_at=timezone.now() - timedelta(days=stray.FORWARDED_DAYS + 1))
    tasks_bounces.erase_old_mail()
    assert not StrayMail.objects.exists()


def test_a_big_reply_is_forwarded_whole(letter, sink):
    raw = mail("human-reply", letter).rstrip() + b"\n" + (b"A" * 76 + b"\n") * (stray.BODY_LIMIT // 60)
    handle(raw)
    assert outgoing.forward_waiting() == 1
    assert raw.replace(b"\n", b"\r\n").rstrip() in sink.received[0].raw


def test_a_reply_too_big_to_forward_is_kept_for_an_adviser(reply, sink, monkeypatch):
    monkeypatch.setattr("newsletters.bounces.handle.FORWARD_LIMIT", 500)
    assert handle(reply) == "unknown"
    outgoing.forward_waiting()
    row = StrayMail.objects.get()
    assert (row.reason, row.state) == ("too_big", "kept")
    assert sink.received == []


def test_a_forwarded_reply_that_comes_back_is_not_forwarded_again(reply, sink):
    handle(reply)
    outgoing.forward_waiting()
    assert handle(sink.received[0].raw) == "own"
    outgoing.forward_waiting()
    assert len(sink.received) == 1


def test_a_strangers_loop_header_keeps_no_reply_from_being_read(reply, sink):
    assert handle(f"{LOOP_HEADER}: ja\n".encode() + reply) == "reply"
    assert outgoing.forward_waiting() == 1


def test_while_the_mail_server_is_away_a_reply_waits_however_often_it_is_tried(
    reply, mail_server_is_away, settings
):
    handle(reply)
    for _attempt in range(len(BACK_OFF) + 2):
        it_is_time()
        assert outgoing.forward_waiting() == 0
    row = StrayMail.objects.get()
    assert (row.state, row.attempts, bytes(row.body)) == ("waiting", 0, reply)
    assert row.why
    assert outgoing.claim() is None, "it is not asked for again at once"


def test_a_reply_that_waited_for_the_mail_server_is_forwarded_when_it_is_back(reply, sink, settings):
    here, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    handle(reply)
    outgoing.forward_waiting()
    assert StrayMail.objects.get().state == "waiting"
    settings.EMAIL_PORT = here
    it_is_time()
    assert tasks_bounces.forward_mail() == 1
    assert len(sink.received) == 1
    assert StrayMail.objects.get().state == "done"


def test_a_refusal_for_now_is_tried_again_after_a_while_and_at_last_shown_to_an_adviser(reply, sink):
    sink.refuse_receivers = {"brev": "451 4.3.0 Later"}
    handle(reply)
    for minutes in BACK_OFF:
        it_is_time()
        before = timezone.now()
        outgoing.forward_waiting()
        row = StrayMail.objects.get()
        assert row.state == "waiting"
        assert row.next_attempt_at >= before + timedelta(minutes=minutes)
    it_is_time()
    outgoing.forward_waiting()
    row = StrayMail.objects.get()
    assert (row.state, row.why, bytes(row.body)) == ("failed", "451 4.3.0 Later", reply)


def test_a_reply_the_mail_server_refuses_for_good_is_kept_whole_with_the_reason(letter, reply, sink):
    sink.refuse_receivers = {"brev": "550 5.7.1 No"}
    handle(reply)
    outgoing.forward_waiting()
    kept = StrayMail.objects.get()
    assert (kept.state, kept.reason, kept.series) == ("failed", "reply", letter.delivery.series)
    assert (kept.why, bytes(kept.body)) == ("550 5.7.1 No", reply)


def test_one_reply_that_is_refused_does_not_hold_up_the_next(sink):
    letters = sent_letters(2)
    for letter in letters:
        handle(mail("human-reply", letter))
    StrayMail.objects.filter(pk=StrayMail.objects.last().pk).update(body=b"", series=None)
    assert outgoing.forward_waiting() == 1
    assert sorted(StrayMail.objects.values_list("state", flat=True)) == ["done", "failed"]


def test_a_reply_to_a_series_that_was_deleted_is_shown_to_an_adviser(reply, sink):
    handle(reply)
    StrayMail.objects.update(series=None)
    outgoing.forward_waiting()
    assert "Serien" in StrayMail.objects.get().why


def test_an_answer_that_never_came_is_met_by_one_more_copy_and_no_third(reply, sink):
    sink.drop_after_keeping = {1, 2}
    handle(reply)
    for _attempt in range(3):
        it_is_time()
        outgoing.forward_waiting()
    assert list(sink.copies().values()) == [2], "both have the same Message-ID"
    row = StrayMail.objects.get()
    assert row.state == "failed"
    assert "Utfallet er ukjent" in row.why


def test_a_failure_that_is_told_after_the_lease_ran_out_changes_nothing(reply):
    handle(reply)
    late = outgoing.claim()
    it_is_time()
    outgoing.recover_expired()
    outgoing.record(late, Reply(Outcome.FAILED, 550, "No"))
    row = StrayMail.objects.get()
    assert (row.state, row.is_uncertain) == ("waiting", True)


def test_that_a_mail_was_sent_counts_after_the_lease_ran_out_unless_another_has_it(reply):
    handle(reply)
    late = outgoing.claim()
    it_is_time()
    outgoing.recover_expired()
    second = outgoing.claim()
    outgoing.record(late, Reply(Outcome.SENT, 250, "OK"))
    assert StrayMail.objects.get().lease_key == second.lease_key
    it_is_time()
    StrayMail.objects.update(lease_key=None, lease_until=None)
    outgoing.record(late, Reply(Outcome.SENT, 250, "OK"))
    assert StrayMail.objects.get().state == "done"


def test_whoever_is_erased_is_not_forwarded_any_more(letter, reply, sink):
    handle(reply)
    erase_person(letter.person)
    assert outgoing.forward_waiting() == 0
    assert not StrayMail.objects.exists()


def run(**options) -> str:
    out = io.StringIO()
    call_command("process_bounces", stdout=out, **options)
    return out.getvalue()


def test_the_command_forwards_what_it_stored_itself(tmp_path, reply, sink):
    path = tmp_path / "svar.eml"
    path.write_bytes(reply)
    assert "1 svar videresendt, 0 svar venter" in run(file=path)
    assert len(sink.received) == 1
    assert "1 e-post behandlet (behandlet før: 1)" in run(file=path)
    assert len(sink.received) == 1


def test_a_command_that_finds_no_mail_server_has_handled_the_mail_and_a_later_one_forwards_it(
    tmp_path, reply, sink, settings
):
    here, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    box = mailbox.Maildir(tmp_path / "retur")
    box.add(reply)
    assert "0 svar videresendt, 1 svar venter" in run(maildir=tmp_path / "retur")
    assert not list((tmp_path / "retur" / "new").iterdir())
    settings.EMAIL_PORT = here
    it_is_time()
    assert "1 svar videresendt, 0 svar venter" in run(maildir=tmp_path / "retur")
    assert len(sink.received) == 1


def test_a_mailbox_that_is_polled_forwards_its_replies_also_when_it_breaks_off(letter, reply, sink, settings):
    with running_imap() as box:
        box.add(reply)
        box.drop_at = "UID STORE"
        settings.BOUNCE_MAILBOX = f"imap://retur%40tjenesten.example:p%2Fss%20ord@127.0.0.1:{box.port}/INBOX"
        tasks_bounces.poll_bounces()
        assert len(sink.received) == 1
        box.drop_at = ""
        tasks_bounces.poll_bounces()
    assert len(sink.received) == 1


def test_the_schedule_asks_for_replies_that_wait():
    from tsb_portal.celery import app

    assert app.conf.beat_schedule["letter-replies"]["task"] in app.tasks
