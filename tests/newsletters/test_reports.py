"""The report that comes by mail when the statistics close: whole, hidden where it must be, and once."""

import signal
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from directory.models import HealthRegion
from newsletters import closing, standstill
from newsletters.models import Delivery, DeliveryStatistics
from newsletters.posting import PATIENT_TRIES
from newsletters.report_files import PdfMissing
from newsletters.reports import mail_waiting_reports
from tests.newsletters.factories import RegionFactory, make_sender
from tests.newsletters.sent import click, reader, receiver, sent_delivery
from tests.newsletters.workers import at_once, kill_while_it_sends

pytestmark = pytest.mark.django_db


def closed_delivery():
    """A closed delivery whose report waits: three measured people clicked, which is too few to tell."""
    delivery = sent_delivery()
    region = HealthRegion.objects.first() or RegionFactory(name="Helse Lengst Nord")
    for place in range(3):
        got = receiver(delivery, consenting=True, region=region)
        click(delivery, 1, of=got, client=reader(f"192.0.2.{place + 1}"))
    delivery.created_by = make_sender(f"radgiver{delivery.pk}@tjenesten.example")
    delivery.save()
    closing.close_statistics(delivery.pk)
    return delivery


@pytest.fixture
def closed(site):
    cache.clear()
    return closed_delivery()


def is_waiting(delivery) -> bool:
    return DeliveryStatistics.objects.filter(
        delivery=delivery, report_mailed_at=None, gave_up_at=None
    ).exists()


def it_is_time() -> None:
    """Every wait and every lease has run out."""
    past = timezone.now() - timedelta(seconds=1)
    DeliveryStatistics.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=past)
    DeliveryStatistics.objects.filter(lease_until__isnull=False).update(lease_until=past)


def refusing(error: Exception):
    def send(*args, **kwargs):
        raise error

    return send


def test_the_report_comes_with_the_pdf_of_the_letters_page(closed):
    pytest.importorskip("weasyprint", exc_type=OSError, reason="WeasyPrint finds no Pango here")
    assert mail_waiting_reports() == 1
    message = mail.outbox[0]
    [(name, content, kind)] = message.attachments
    assert name == f"nytt-om-behandlingsavbrudd-{closed.pk}.pdf"
    assert content.startswith(b"%PDF-")
    assert kind == "application/pdf"
    for part in (message.body, message.alternatives[0][0]):
        assert "ligger også ved som PDF" in part


def test_few_people_are_hidden_in_the_mail_too(closed):
    mail_waiting_reports()
    message = mail.outbox[0]
    for part in (message.body, message.alternatives[0][0]):
        assert "Unik klikkrate" in part
        assert "færre enn fem personer" in part
        assert "Lengst Nord" not in part
        assert "100,0 %" not in part.replace("\xa0", " ")


@pytest.mark.parametrize("problem", [PdfMissing("no Pango"), RuntimeError("a fault in the drawing")])
def test_where_no_pdf_can_be_drawn_the_mail_goes_without_it(closed, monkeypatch, problem):
    monkeypatch.setattr("newsletters.reports.pdf_file", refusing(problem))
    assert mail_waiting_reports() == 1
    message = mail.outbox[0]
    assert message.attachments == []
    assert "ligger også ved" not in message.body
    assert not is_waiting(closed)


@pytest.mark.django_db(transaction=True)
def test_a_report_mailed_again_after_a_worker_was_killed_is_known_as_a_copy(site, sink, settings):
    settings.EMAIL_BACKEND = "core.mail.EmailBackend"
    cache.clear()
    closed = closed_delivery()
    assert kill_while_it_sends(sink, "newsletters.tasks_statistics.close_statistics") == -signal.SIGKILL
    assert mail_waiting_reports() == 0, "the dead worker's lease still holds"
    it_is_time()
    assert mail_waiting_reports() == 1
    assert list(sink.copies().values()) == [2]
    assert not is_waiting(closed)
    assert mail_waiting_reports() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_report_once(site, sink, settings):
    settings.EMAIL_BACKEND = "core.mail.EmailBackend"
    cache.clear()
    for _letter in range(3):
        closed_delivery()
    sink.delay = 0.1
    sent = at_once(mail_waiting_reports)
    assert sum(sent) == 3
    assert all(sent), "both took part"
    assert list(sink.copies().values()) == [1, 1, 1]


def test_a_report_refused_for_now_waits_and_one_refused_for_good_does_not(closed, monkeypatch):
    busy = smtplib.SMTPRecipientsRefused({"a@tjenesten.example": (451, b"4.7.1 Try again later")})
    with monkeypatch.context() as away:
        away.setattr("newsletters.reports.send_system_mail", refusing(busy))
        assert mail_waiting_reports() == 0
    assert is_waiting(closed)
    it_is_time()
    gone = smtplib.SMTPRecipientsRefused({"a@tjenesten.example": (550, b"5.1.1 No such user")})
    monkeypatch.setattr("newsletters.reports.send_system_mail", refusing(gone))
    mail_waiting_reports()
    assert not is_waiting(closed)


def test_a_report_that_one_of_two_receivers_cannot_take_for_now_waits(closed, monkeypatch):
    refused = {
        "a@tjenesten.example": (550, b"5.1.1 No such user"),
        "b@tjenesten.example": (451, b"4.7.1 Later"),
    }
    error = smtplib.SMTPRecipientsRefused(refused)
    monkeypatch.setattr("newsletters.reports.send_system_mail", refusing(error))
    mail_waiting_reports()
    assert is_waiting(closed)


@pytest.mark.parametrize(("code", "waits"), [(452, True), (552, False)])
def test_one_refused_report_does_not_hold_the_others_back(closed, monkeypatch, code, waits):
    other = closed_delivery()
    from newsletters.reports import send_system_mail

    def refuse_the_first(name, subject, receivers, context, **options):
        if context["delivery"].pk == closed.pk:
            raise smtplib.SMTPDataError(code, b"Too big")
        send_system_mail(name, subject, receivers, context, **options)

    monkeypatch.setattr("newsletters.reports.send_system_mail", refuse_the_first)
    assert mail_waiting_reports() == 1
    assert (is_waiting(closed), is_waiting(other)) == (waits, False)


def test_a_report_that_was_mailed_stays_mailed(closed):
    DeliveryStatistics.objects.filter(delivery=closed).update(report_mailed_at=timezone.now())
    assert mail_waiting_reports() == 0
    assert mail.outbox == []


def test_a_report_whose_connection_always_breaks_behind_the_content_comes_twice_and_then_ends(
    closed, sink, settings
):
    settings.EMAIL_BACKEND = "core.mail.EmailBackend"
    sink.drop_after_keeping = set(range(1, 100))
    for _round in range(12):
        mail_waiting_reports()
        it_is_time()
    assert list(sink.copies().values()) == [2]
    assert not is_waiting(closed)


def causes() -> list[str]:
    return [one.cause for one in standstill.standing_still()]


def test_a_report_that_can_never_be_made_ends_and_is_told_of_for_two_weeks(closed, monkeypatch):
    monkeypatch.setattr("newsletters.reports.key_figures", refusing(ValueError("a fault in the portal")))
    assert mail_waiting_reports() == 0
    assert causes() == [], "it is tried again soon"
    Delivery.objects.filter(pk=closed.pk).update(statistics_closed_at=timezone.now() - timedelta(hours=25))
    assert causes() == ["report not mailed"]
    for _try in range(PATIENT_TRIES - 1):
        assert is_waiting(closed)
        it_is_time()
        mail_waiting_reports()
    assert not is_waiting(closed)
    assert causes() == ["report not mailed"]
    DeliveryStatistics.objects.update(gave_up_at=timezone.now() - timedelta(days=15))
    assert causes() == []


def test_a_report_that_was_mailed_is_no_standstill(closed):
    mail_waiting_reports()
    Delivery.objects.filter(pk=closed.pk).update(statistics_closed_at=timezone.now() - timedelta(days=2))
    assert causes() == []


def test_drawing_the_report_takes_nothing_of_the_time_for_handing_it_over(closed, monkeypatch, settings):
    settings.LETTER_LEASE_SECONDS = 3
    left = []

    def look(*_args) -> float:
        [row] = DeliveryStatistics.objects.filter(delivery=closed)
        left.append((row.lease_until - timezone.now()).total_seconds())

    def draw(figures) -> bytes:
        look()
        return b"%PDF-"

    monkeypatch.setattr("newsletters.reports.pdf_file", draw)
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", look)
    mail_waiting_reports()
    drawing, handing_over = left
    assert drawing > 500
    assert 2 < handing_over <= 3


def test_who_draws_so_long_that_another_worker_has_mailed_the_report_mails_none(closed, monkeypatch):
    def draw_too_long(figures) -> bytes:
        monkeypatch.setattr("newsletters.reports.pdf_file", refusing(PdfMissing("no Pango")))
        it_is_time()
        assert mail_waiting_reports() == 1
        return b"%PDF-"

    monkeypatch.setattr("newsletters.reports.pdf_file", draw_too_long)
    assert mail_waiting_reports() == 0
    assert len(mail.outbox) == 1
    assert not is_waiting(closed)
