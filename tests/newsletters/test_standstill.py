"""A delivery that stands still is found by query, shown to those who may send, mailed once and told to monitoring."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role, ensure_roles, group_of
from newsletters import queue, sending, standstill
from newsletters.models import Delivery, Recipient
from newsletters.services import control
from newsletters.tasks import run_due_deliveries, tell_standstills
from tests.newsletters.factories import make_delivery, make_letter, make_running, make_sender, statuses
from tests.newsletters.smtp_sink import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def without_second_factor(settings):
    settings.MFA_REQUIRED = False
    settings.LETTER_STANDSTILL_MINUTES = 10


def let_pass(minutes: float) -> None:
    """Make everything that has happened so much older."""
    back = timedelta(minutes=minutes)
    for delivery in Delivery.objects.all():
        for name in ("last_progress_at", "started_at", "created_at", "scheduled_for"):
            if getattr(delivery, name):
                setattr(delivery, name, getattr(delivery, name) - back)
        delivery.save()
    for row in Recipient.objects.all():
        row.next_attempt_at -= back
        if row.lease_until:
            row.lease_until -= back
        row.save()


def causes() -> list[str]:
    return [one.cause for one in standstill.standing_still()]


def test_a_running_delivery_that_comes_no_further_stands_still(site):
    make_running(2)
    let_pass(9)
    assert causes() == []
    let_pass(2)
    assert causes() == ["nothing sent"]


def test_one_that_moves_or_only_waits_for_its_back_off_does_not(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 1
    delivery = make_running(2)
    let_pass(11)
    with sending.Transport() as transport:
        sending.Run(delivery, transport).send_batch()
    assert causes() == []
    Recipient.objects.filter(status="pending").update(next_attempt_at=timezone.now() + timedelta(hours=12))
    let_pass(60)
    assert causes() == []
    let_pass(660)
    assert causes() == []  # due this minute
    let_pass(11)
    assert causes() == ["nothing sent"]


def test_a_mail_server_that_is_away_is_a_standstill_even_for_the_last_receiver(site, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    delivery = make_running(1)
    for _ in range(3):
        sending.send_delivery(delivery.pk)
        let_pass(4)
    assert causes() == ["nothing sent"]
    delivery.refresh_from_db()
    assert "E-posttjeneren svarer ikke" in delivery.status_reason


def test_the_reason_goes_when_letters_leave_again(site, sink, settings):
    right, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    delivery = make_running(1)
    sending.send_delivery(delivery.pk)
    settings.EMAIL_PORT = right
    sending.send_delivery(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.status_reason) == (Delivery.Status.FINISHED, "")


def test_servers_that_all_say_not_now_are_a_standstill_though_they_answer(site, sink):
    delivery = make_running(4)
    sink.refuse_receivers = {"": "451 4.3.2 Try again later"}
    for minutes in (0, 3, 4):
        let_pass(minutes)
        sending.send_delivery(delivery.pk)
        assert causes() == []
    let_pass(4)
    assert causes() == ["put off"]
    sending.send_delivery(delivery.pk)
    assert causes() == ["put off"]
    sink.refuse_receivers = {}
    let_pass(31)
    sending.send_delivery(delivery.pk)
    assert causes() == []


def test_servers_that_begin_to_say_not_now_halfway_are_one_too(site, sink, settings):
    settings.LETTER_BATCH_SIZE = 2
    delivery = make_running(4)
    with sending.Transport() as transport:
        sending.Run(delivery, transport).send_batch()
    sink.refuse_receivers = {"": "451 4.3.2 Try again later"}
    sending.send_delivery(delivery.pk)
    delivery.recipients.filter(status="sent").update(sent_at=timezone.now() - timedelta(minutes=9))
    assert causes() == []
    delivery.recipients.filter(status="sent").update(sent_at=timezone.now() - timedelta(minutes=11))
    Delivery.objects.update(started_at=timezone.now() - timedelta(minutes=20))
    assert causes() == ["put off"]


def test_a_few_full_mailboxes_at_the_end_are_none(site, sink):
    delivery = make_running(11)
    sink.refuse_receivers = {delivery.recipients.first().email: "452 4.2.2 Mailbox full"}
    sending.send_delivery(delivery.pk)
    assert statuses(delivery).count("pending") == 1
    delivery.recipients.update(sent_at=timezone.now() - timedelta(hours=1))
    Delivery.objects.update(started_at=timezone.now() - timedelta(hours=1))
    assert causes() == []


def test_a_pause_by_hand_is_no_standstill_and_going_on_starts_the_clock_anew(site):
    delivery, user = make_running(2), make_sender()
    control.pause(delivery, user=user)
    let_pass(600)
    assert causes() == []
    control.resume(delivery, user=user)
    assert causes() == []


def test_a_delivery_the_portal_has_paused_is_told_at_once(site, sink):
    delivery = make_running(10)
    sink.refuse_content = "554 5.7.1 Looks like spam"
    sending.send_delivery(delivery.pk)
    assert causes() == ["stopped"]


def test_a_scheduled_delivery_that_has_not_started_stands_still(site):
    when = timezone.now() + timedelta(minutes=5)
    make_delivery(subscribers=1, frozen=False, status=Delivery.Status.SCHEDULED, scheduled_for=when)
    let_pass(14)
    assert causes() == []
    let_pass(2)
    assert causes() == ["not started"]


def test_rows_of_a_vanished_worker_that_nobody_takes_over_are_a_standstill(site, settings):
    delivery = make_running(2)
    queue.claim(delivery.pk, 2)
    let_pass(settings.LETTER_LEASE_SECONDS / 60 + 11)
    assert causes() == ["worker vanished"]
    queue.recover_expired()
    assert "worker vanished" not in causes()


@pytest.mark.parametrize("place", ["letter_list:index", "deliveries:index"])
def test_both_lists_say_above_them_what_stands_still(site, client, settings, place):
    settings.MFA_REQUIRED = False
    ensure_roles()
    adviser = User.objects.create_user("adviser@tjenesten.example")
    adviser.groups.add(group_of(Role.ADVISER))
    client.force_login(adviser)
    delivery = make_running(1)
    assert "står stille" not in client.get(reverse(place)).content.decode()
    let_pass(11)
    html = client.get(reverse(place)).content.decode()
    assert "Et brev står stille" in html
    assert reverse("newsletters_admin:delivery", args=[delivery.pk]) in html


def test_those_who_may_send_are_mailed_once_for_each_standstill(site, sink):
    sender = make_sender()
    ensure_roles()
    adviser = User.objects.create_user("adviser@tjenesten.example")
    adviser.groups.add(group_of(Role.ADVISER))
    User.objects.create_user("leser@tjenesten.example").groups.add(group_of(Role.READER))
    User.objects.filter(pk=make_sender("sluttet@tjenesten.example").pk).update(is_active=False)
    delivery = make_running(2)
    let_pass(11)
    tell_standstills()
    tell_standstills()
    assert len(mail.outbox) == 1
    message = mail.outbox[0]
    assert sorted(message.to) == sorted([sender.email, adviser.email])
    assert message.subject.startswith("Utsendingen står stille: ")
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert reverse("newsletters_admin:delivery", args=[delivery.pk]) in message.body
    assert "@helse.example" not in message.body
    queue.note_progress(delivery.pk)
    tell_standstills()
    assert len(mail.outbox) == 1
    let_pass(11)
    tell_standstills()
    assert len(mail.outbox) == 2


def test_a_mail_about_it_that_cannot_be_sent_is_sent_when_the_server_is_back(site, settings):
    make_sender()
    make_running(1)
    let_pass(11)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert standstill.tell() == 0
    settings.EMAIL_BACKEND = backend
    assert standstill.tell() == 1
    assert len(mail.outbox) == 1


def test_the_alarm_stands_on_the_first_page_in_the_list_and_on_the_deliverys_own_page(site, client):
    sender = make_sender()
    client.force_login(sender)
    delivery = make_running(2, letter=make_letter())
    addresses = [
        reverse("wagtailadmin_home"),
        reverse("newsletters_admin:delivery", args=[delivery.pk]),
        reverse("newsletters_admin:delivery_progress", args=[delivery.pk]),
    ]
    said = "Mottakere venter, men ingenting er sendt siden"
    for address in addresses:
        assert said not in client.get(address).content.decode(), address
    let_pass(11)
    for address in addresses:
        assert said in client.get(address).content.decode(), address


def test_the_list_of_deliveries_tells_those_who_may_send_only(site, client):
    ensure_roles()
    adviser = User.objects.create_user("adviser@tjenesten.example")
    adviser.groups.add(group_of(Role.ADVISER))
    leader = User.objects.create_user("leder@tjenesten.example")
    leader.groups.add(group_of(Role.PROJECT_LEADER))
    make_running(2)
    let_pass(11)
    client.force_login(adviser)
    assert "Et brev står stille" in client.get(reverse("deliveries:index")).content.decode()
    client.force_login(leader)
    assert "står stille" not in client.get(reverse("wagtailadmin_home")).content.decode()


def test_readiness_tells_queue_rate_and_standstills_without_names(site, sink, client):
    stuck, done = make_running(3), make_running(5, letter=make_letter(slug="annet", number=4))
    sending.send_delivery(done.pk)
    Delivery.objects.filter(pk=stuck.pk).update(started_at=timezone.now() - timedelta(hours=1))
    stuck.recipients.update(next_attempt_at=timezone.now() - timedelta(hours=1))
    told = client.get("/healthz/ready").json()["letters"]
    assert told == {
        "queue_length": stuck.recipients.count(),
        "sent_per_minute": round(len(sink.received) / 5, 1),
        "standing_still": [{"delivery": stuck.pk, "cause": "nothing sent"}],
    }


def test_a_scheduled_delivery_shows_its_time_and_can_be_cancelled(site, client, woken):
    client.force_login(make_sender())
    when = timezone.now() + timedelta(days=2)
    delivery = make_delivery(
        subscribers=1, frozen=False, status=Delivery.Status.SCHEDULED, scheduled_for=when
    )
    page = client.get(reverse("newsletters_admin:delivery", args=[delivery.pk])).content.decode()
    assert timezone.localtime(when).strftime("%H.%M") in page
    assert "Avbryt den planlagte utsendingen" in page
    client.post(reverse("newsletters_admin:cancel", args=[delivery.pk]))
    Delivery.objects.update(scheduled_for=timezone.now() - timedelta(minutes=1))
    run_due_deliveries()
    delivery.refresh_from_db()
    assert delivery.status == Delivery.Status.CANCELLED
    assert not delivery.recipients.exists()
