"""Where returned mail is read from, what is left there, and that a crash loses nothing and counts nothing twice."""

import io
import mailbox
import ssl
import sys

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import OperationalError

from newsletters import tasks_bounces
from newsletters.bounces import imap, reading
from newsletters.bounces.handle import handle
from newsletters.models import HandledMail, StrayMail, Subscription
from newsletters.smtp import open_connection
from tests.newsletters.imap_server import running_imap
from tests.newsletters.returned import DOMAIN, mail, sent_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bounce_domain(site, settings):
    settings.BOUNCE_DOMAIN = DOMAIN
    cache.clear()


@pytest.fixture
def letters():
    return sent_letters(3)


@pytest.fixture
def maildir(tmp_path, letters):
    """A Maildir with a bounce of the first receiver, an unsubscription of the second, and an advertisement."""
    box = mailbox.Maildir(tmp_path / "retur")
    for raw in (mail("qmail", letters[0]), mail("unsubscribe-verp", letters[1]), mail("advertisement")):
        box.add(raw)
    return tmp_path / "retur"


def status(recipient) -> str:
    recipient.refresh_from_db()
    return recipient.status


def run(*args, **options) -> str:
    out = io.StringIO()
    call_command("process_bounces", *args, stdout=out, **options)
    return out.getvalue()


def left_in(path) -> tuple[int, int]:
    return len(list((path / "new").iterdir())), len(list((path / "cur").iterdir()))


def test_a_maildir_is_read_and_what_is_handled_moves_to_cur(maildir, letters):
    said = run(maildir=maildir)
    assert "3 e-poster behandlet" in said
    assert left_in(maildir) == (0, 3)
    assert all(path.name.endswith(":2,S") for path in (maildir / "cur").iterdir())
    assert status(letters[0]) == "bounced"
    assert Subscription.objects.filter(status="unsubscribed").get().person == letters[1].person
    assert StrayMail.objects.count() == 1


def test_the_mailbox_of_the_settings_is_read_without_arguments(maildir, letters, settings):
    settings.BOUNCE_MAILBOX = f"maildir:{maildir}"
    assert "3 e-poster behandlet" in run()
    tasks_bounces.poll_bounces()
    assert left_in(maildir) == (0, 3)


def test_a_crash_after_handling_counts_nothing_twice(maildir, letters, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(reading, "_move", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(maildir=maildir)
    assert left_in(maildir) == (3, 0)
    assert HandledMail.objects.count() == 1
    said = run(maildir=maildir)
    assert "behandlet før: 1" in said
    assert left_in(maildir) == (0, 3)
    assert HandledMail.objects.count() == 3
    assert StrayMail.objects.count() == 1


def test_a_database_that_goes_away_ends_the_run_and_every_mail_stays(maildir, letters, monkeypatch):
    def gone(*args):
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as broken:
        broken.setattr("newsletters.bounces.outcomes.suppress", gone)
        broken.setattr("newsletters.bounces.outcomes.unsubscribe", gone)
        broken.setattr("newsletters.bounces.stray.keep", gone)
        with pytest.raises(OperationalError):
            run(maildir=maildir)
    assert left_in(maildir) == (3, 0)
    assert not HandledMail.objects.exists()
    assert status(letters[0]) == "sent"
    assert "3 e-poster behandlet" in run(maildir=maildir)


def test_a_mail_that_fails_does_not_stop_those_behind_it(maildir, letters, monkeypatch):
    def fails(*args):
        raise TypeError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr("newsletters.bounces.outcomes.bounced", fails)
        with pytest.raises(CommandError, match="1 e-post venter til neste kjøring"):
            run(maildir=maildir)
    assert left_in(maildir) == (1, 2)
    assert "returer: 1" in run(maildir=maildir)


def test_what_is_no_maildir_or_no_mbox_is_said(tmp_path, settings):
    with pytest.raises(CommandError, match="no Maildir"):
        run(maildir=tmp_path)
    with pytest.raises(CommandError, match="no file"):
        run(mbox=tmp_path / "mangler")
    with pytest.raises(CommandError):
        run(file=tmp_path / "mangler")
    for nothing_to_open in ("", "pipe:"):
        settings.BOUNCE_MAILBOX = nothing_to_open
        with pytest.raises(CommandError, match="BOUNCE_MAILBOX"):
            run()


def test_an_mbox_is_read_under_its_lock_and_marked_as_read(tmp_path, letters):
    path = tmp_path / "mbox"
    box = mailbox.mbox(path)
    for raw in (mail("qmail", letters[0]), mail("advertisement")):
        box.add(raw)
    box.close()
    source = reading.mbox(path)
    next(source)
    with pytest.raises(CommandError, match="in use"):
        run(mbox=path)
    source.close()
    assert "2 e-poster behandlet" in run(mbox=path)
    assert status(letters[0]) == "bounced"
    assert "0 e-poster behandlet" in run(mbox=path)
    assert [message.get_flags() for message in mailbox.mbox(path)] == ["RO", "RO"]


def test_one_mail_in_a_file_or_from_standard_input(tmp_path, letters, monkeypatch):
    path = tmp_path / "retur.eml"
    path.write_bytes(mail("qmail", letters[0]))
    assert "returer: 1" in run(file=path)
    assert path.exists()
    piped = b"From MAILER-DAEMON Mon Mar  2 09:00:00 2026\n" + mail("qmail", letters[1])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    assert "returer: 1" in run("-")
    assert [status(one) for one in letters] == ["bounced", "bounced", "sent"]


def test_a_mail_server_that_pipes_is_asked_to_keep_what_must_wait(letters, monkeypatch):
    type(letters[0]).objects.filter(pk=letters[0].pk).update(status="sending")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mail("qmail", letters[0]))))
    with pytest.raises(CommandError) as refused:
        run("-")
    assert refused.value.returncode == 75
    assert not HandledMail.objects.exists()


@pytest.fixture
def inbox(letters, settings):
    """An IMAP server with a bounce, a seen mail, an advertisement; the settings point to it."""
    with running_imap() as box:
        box.add(mail("exchange-5.1.10-nb", letters[0]))
        box.add(mail("advertisement"), "\\Seen")
        box.add(mail("advertisement"))
        settings.BOUNCE_MAILBOX = f"imap://retur%40tjenesten.example:p%2Fss%20ord@127.0.0.1:{box.port}/INBOX"
        yield box


def flags(box, folder="INBOX") -> list[set[str]]:
    return [kept.flags for kept in box.folders[folder]]


def test_an_imap_mailbox_is_polled_and_handled_mails_are_seen(inbox, letters):
    tasks_bounces.poll_bounces()
    assert status(letters[0]) == "bounced"
    assert StrayMail.objects.count() == 1
    assert flags(inbox) == [{"\\Seen"}] * 3
    assert not any("EXPUNGE" in command for command in inbox.commands)
    tasks_bounces.poll_bounces()
    assert sum("FETCH" in command for command in inbox.commands) == 2


def test_a_mail_is_seen_only_after_it_is_handled(inbox, letters):
    type(letters[1]).objects.filter(pk=letters[1].pk).update(status="sending")
    waits = inbox.add(mail("qmail", letters[1]))
    tasks_bounces.poll_bounces()
    assert waits.flags == set()


def test_a_connection_that_breaks_in_the_middle_loses_nothing_and_counts_nothing_twice(inbox, letters):
    inbox.drop_at = "UID STORE"
    tasks_bounces.poll_bounces()
    assert status(letters[0]) == "bounced"
    assert flags(inbox)[0] == set()
    inbox.drop_at = ""
    tasks_bounces.poll_bounces()
    assert flags(inbox) == [{"\\Seen"}] * 3
    assert HandledMail.objects.count() == 2


def test_only_known_bounces_are_deleted_and_only_if_the_settings_say_so(inbox, letters, settings):
    settings.BOUNCE_DELETE_KNOWN = True
    forged = inbox.add(mail("forged-key", letters[1]))
    tasks_bounces.poll_bounces()
    assert len(inbox.folders["INBOX"]) == 3
    assert forged in inbox.folders["INBOX"]
    assert StrayMail.objects.count() == 2


def test_a_server_without_uidplus_gets_no_expunge_that_would_take_others_mail(inbox, letters, settings):
    settings.BOUNCE_DELETE_KNOWN = True
    inbox.capabilities = "IMAP4rev1"
    tasks_bounces.poll_bounces()
    assert flags(inbox)[0] == {"\\Seen", "\\Deleted"}
    assert not any("EXPUNGE" in command for command in inbox.commands)


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 UIDPLUS MOVE", "IMAP4rev1 UIDPLUS"])
def test_handled_mails_move_to_a_folder_and_mails_somebody_opened_are_read_too(
    inbox, letters, settings, capabilities
):
    settings.BOUNCE_HANDLED_FOLDER = "Behandlet"
    inbox.capabilities = capabilities
    tasks_bounces.poll_bounces()
    assert inbox.folders["INBOX"] == []
    assert len(inbox.folders["Behandlet"]) == 3


@pytest.mark.parametrize("fault", ["away", "password", "folder"])
def test_a_mailbox_that_cannot_be_read_is_told_in_words_and_tried_again(inbox, settings, caplog, fault):
    if fault == "password":
        inbox.password = "et annet"
    elif fault == "folder":
        settings.BOUNCE_MAILBOX = settings.BOUNCE_MAILBOX.replace("INBOX", "Mangler")
    else:
        settings.BOUNCE_MAILBOX = "imap://a:b@127.0.0.1:1/INBOX"
    tasks_bounces.poll_bounces()
    assert "The bounce mailbox was not read. The IMAP mailbox cannot be read" in caplog.text
    assert "ss ord" not in caplog.text
    with pytest.raises(CommandError, match="cannot be read"):
        run()


def test_imaps_tells_no_password_to_a_server_without_tls(inbox, settings):
    settings.BOUNCE_MAILBOX = settings.BOUNCE_MAILBOX.replace("imap://", "imaps://")
    with pytest.raises((ssl.SSLError, OSError)):
        list(imap.mails(settings.BOUNCE_MAILBOX))
    assert not any("LOGIN" in command for command in inbox.commands)


def test_the_mailbox_is_scheduled_only_where_there_is_one(settings):
    from tsb_portal.celery import app, read_bounce_mailbox

    schedule = app.conf.beat_schedule
    schedule.pop("letter-bounces", None)
    for nothing_to_poll in ("", "pipe:"):
        settings.BOUNCE_MAILBOX = nothing_to_poll
        read_bounce_mailbox(app)
        assert "letter-bounces" not in schedule
    settings.BOUNCE_MAILBOX, settings.BOUNCE_POLL_MINUTES = "maildir:/var/mail/retur", 3
    try:
        read_bounce_mailbox(app)
        assert schedule["letter-bounces"]["schedule"] == 180
        assert schedule["letter-bounces"]["task"] in app.tasks
    finally:
        schedule.pop("letter-bounces", None)


def test_a_real_letter_that_bounces_comes_back_to_its_receiver(site, sink, settings):
    """From the sending worker's return path to the receiver's row, over real SMTP."""
    from newsletters import sending
    from tests.newsletters.factories import make_running

    delivery = make_running(2)
    sending.send_delivery(delivery.pk)
    first = sink.received[0]
    body = b"--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n"
    body += f"Final-Recipient: rfc822; {first.receiver}\nAction: failed\nStatus: 5.1.1\n\n--B--\n".encode()
    report = (
        f"To: {first.sender}\nSubject: Undeliverable\nContent-Type: multipart/report; boundary=B\n\n".encode()
    )
    with open_connection() as connection:
        connection.sendmail("", [first.sender], report + body)
    assert handle(sink.received[-1].raw) == "bounce"
    assert delivery.recipients.get(email=first.receiver).status == "bounced"
    assert delivery.recipients.filter(status="sent").count() == 1
