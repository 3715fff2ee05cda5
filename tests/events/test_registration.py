"""Registering for an event: places, waiting list, mail, cancelling."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import User
from directory.models import Person
from events import mails, services
from events.models import Registration, new_form_id
from events.services import Participant
from tests.core.anonymous import post, sealed
from tests.events.factories import make_event, make_past_event, make_registration

TOLD = {
    "name": "Kari Eksempel",
    "email": "kari@example.org",
    "workplace": "Poliklinikken",
    "needs": "Vegetar",
}
Status = Registration.Status


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    """No broker in these tests: what would be queued is done by hand."""
    monkeypatch.setattr("events.tasks.send_registration_mail.delay", lambda key: None)


def address(event) -> str:
    return f"/arrangementer/{event.slug}/pamelding/"


def someone(number: int) -> Participant:
    return Participant(name=f"Deltaker {number}", email=f"deltaker{number}@example.org")


@pytest.mark.django_db
def test_a_registration_gets_a_place_and_a_mail_with_the_calendar_entry(client, site):
    event = make_event(capacity=10)
    assert post(client, address(event), TOLD).status_code == 200
    registration = Registration.objects.get()
    assert (registration.status, registration.event_id) == ("registered", event.pk)
    assert mails.send_all_due() == 1
    message = mail.outbox[0]
    assert message.to == ["kari@example.org"]
    assert event.title in message.subject
    assert "/arrangementer/avmelding/" in message.body
    assert message.attachments[0].filename == "arrangement.ics"


@pytest.mark.django_db
def test_the_mail_is_sent_once(site):
    registration = services.register(make_event().pk, someone(1), new_form_id())
    assert mails.send_due(registration.pk)
    assert not mails.send_due(registration.pk)
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_could_not_be_sent_waits(site, monkeypatch):
    registration = services.register(make_event().pk, someone(1), new_form_id())

    def fail(self, **kwargs):
        raise OSError("the mail server is away")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with pytest.raises(OSError, match="away"):
        mails.send_due(registration.pk)
    registration.refresh_from_db()
    assert registration.mail_due == "place"


@pytest.mark.django_db
def test_a_lost_broker_loses_no_registration(client, site, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("events.tasks.send_registration_mail.delay", lambda key: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, address(make_event()), TOLD).status_code == 200
    assert Registration.objects.get().mail_due == "place"


@pytest.mark.django_db
def test_the_same_form_sent_twice_counts_once(client, site):
    event = make_event()
    form = {**TOLD, **sealed()}
    for _time in range(2):
        response = client.post(address(event), form, headers={"origin": "http://testserver"})
        assert response.status_code == 200
    assert Registration.objects.count() == 1


@pytest.mark.django_db
def test_the_same_address_in_another_form_counts_once(client, site):
    event = make_event()
    post(client, address(event), TOLD)
    assert post(client, address(event), {**TOLD, "email": "KARI@example.org"}).status_code == 200
    assert Registration.objects.count() == 1


@pytest.mark.django_db
def test_a_full_event_puts_people_on_the_waiting_list(client, site):
    event = make_event(capacity=1)
    make_registration(event)
    assert "ds-alert" in client.get(address(event)).content.decode()
    post(client, address(event), TOLD)
    assert Registration.objects.get(email="kari@example.org").status == Status.WAITING
    mails.send_all_due()
    assert not mail.outbox[0].attachments


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"registration_opens": None},
        {"registration_opens": timezone.now() + timedelta(days=2)},
        {"registration_closes": timezone.now() - timedelta(hours=1)},
    ],
)
def test_closed_registration_takes_nobody_and_says_so(client, site, fields):
    event = make_event(**fields)
    assert post(client, address(event), TOLD).status_code == 409
    assert client.get(address(event)).status_code == 200
    assert not Registration.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"email": "ikke"}, {"organisation": "999999"}, {"needs": "x" * 301}]
)
def test_a_registration_that_cannot_be_right_is_refused_and_what_was_written_kept(client, site, wrong):
    event = make_event()
    response = post(client, address(event), {**TOLD, **wrong})
    assert "ds-error-summary" in response.content.decode()
    assert not Registration.objects.exists()


@pytest.mark.django_db
def test_a_form_from_another_site_is_refused(client, site):
    event = make_event()
    response = client.post(
        address(event), {**TOLD, **sealed()}, headers={"origin": "https://elsewhere.example"}
    )
    assert response.status_code == 403
    assert not Registration.objects.exists()


@pytest.mark.django_db
def test_a_known_person_is_recognised_by_the_address(site):
    person = Person.objects.create(email="Deltaker1@example.org")
    assert services.register(make_event().pk, someone(1), new_form_id()).person == person


@pytest.mark.django_db
def test_a_cancelled_place_goes_to_the_first_who_waits(site):
    event = make_event(capacity=1)
    first = services.register(event.pk, someone(1), new_form_id())
    second = services.register(event.pk, someone(2), new_form_id())
    third = services.register(event.pk, someone(3), new_form_id())
    services.cancel(first.pk)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.status, third.status) == (Status.REGISTERED, Status.WAITING)
    assert second.mail_due == "got_place"
    services.cancel(first.pk)
    third.refresh_from_db()
    assert third.status == Status.WAITING


@pytest.mark.django_db
def test_opening_the_cancel_link_cancels_nothing_and_its_button_does(client, site):
    registration = services.register(make_event().pk, someone(1), new_form_id())
    url = f"/arrangementer/avmelding/{services.cancel_token(registration)}/"
    assert client.get(url).status_code == 200
    registration.refresh_from_db()
    assert registration.status == Status.REGISTERED
    assert post(client, url).status_code == 200
    registration.refresh_from_db()
    assert registration.status == Status.CANCELLED
    assert post(client, url).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["tull", "1:abc:def", "MQ:1uAbc:x", "%00", "a" * 400])
def test_a_forged_token_cancels_nothing(client, site, token):
    registration = services.register(make_event().pk, someone(1), new_form_id())
    assert client.get(f"/arrangementer/avmelding/{token}/").status_code == 404
    assert post(client, f"/arrangementer/avmelding/{token}/").status_code == 404
    registration.refresh_from_db()
    assert registration.status == Status.REGISTERED


@pytest.mark.django_db
def test_after_the_event_there_is_nothing_to_cancel(client, site):
    registration = make_registration(make_past_event())
    with pytest.raises(ValidationError):
        services.cancel(registration.pk)
    url = f"/arrangementer/avmelding/{services.cancel_token(registration)}/"
    assert post(client, url).status_code == 200
    registration.refresh_from_db()
    assert registration.status == Status.REGISTERED


@pytest.mark.django_db
def test_needs_are_erased_a_week_after_the_event(site):
    event = make_event()
    registration = make_registration(event, needs="Rullestol")
    assert services.erase_needs() == 0
    with time_machine.travel(event.end + timedelta(days=8), tick=False):
        assert services.erase_needs() == 1
    registration.refresh_from_db()
    assert registration.needs == ""


@pytest.mark.django_db
def test_an_editor_registers_by_hand_marks_attended_and_exports(client, site):
    event = make_event(registration_opens=None, capacity=1)
    client.force_login(User.objects.create_superuser("admin@example.org", "x" * 14))
    for number in (1, 2):
        told = {"event": event.pk, "name": f"Person {number}", "email": f"p{number}@example.org"}
        assert client.post("/admin/registrations/new/", told).status_code == 302
    first, second = Registration.objects.order_by("pk")
    assert (first.status, second.status) == (Status.REGISTERED, Status.WAITING)
    client.post(f"/admin/registrations/{first.pk}/attended/")
    client.post(f"/admin/registrations/{second.pk}/attended/")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.ATTENDED, Status.WAITING)
    export = client.get(f"/admin/registrations/?event={event.pk}&export=csv")
    assert b"p1@example.org" in export.getvalue()


@pytest.mark.django_db
def test_an_editor_who_cancels_passes_the_place_on(client, site):
    event = make_event(capacity=1)
    first = services.register(event.pk, someone(1), new_form_id())
    second = services.register(event.pk, someone(2), new_form_id())
    client.force_login(User.objects.create_superuser("admin@example.org", "x" * 14))
    told = {"status": "cancelled", "name": first.name, "email": first.email}
    assert client.post(f"/admin/registrations/edit/{first.pk}/", told).status_code == 302
    second.refresh_from_db()
    assert second.status == Status.REGISTERED


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_for_the_last_place_at_once_one_waits(site):
    event = make_event(capacity=1)
    gate = threading.Barrier(2)

    def ask(number: int) -> None:
        try:
            gate.wait(timeout=10)
            services.register(event.pk, someone(number), new_form_id())
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    statuses = sorted(Registration.objects.values_list("status", flat=True))
    assert statuses == [Status.REGISTERED, Status.WAITING]


@pytest.mark.django_db
def test_a_line_break_in_the_filter_does_not_break_the_attendance_button(client, site):
    registration = services.register(make_event(capacity=1).pk, someone(1), new_form_id())
    client.force_login(User.objects.create_superuser("admin@example.org", "x" * 14))
    address = f"/admin/registrations/{registration.pk}/attended/"
    answer = client.post(address, {"query": "status=registered&q=a\r\nSet-Cookie: b"})
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?status=registered&q=a%0D%0ASet-Cookie%3A+b")


@pytest.mark.django_db
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_a_registration_that_looks_like_a_formula_is_harmless_in_the_export(client, site, start):
    event = make_event()
    Registration.objects.create(
        event=event, name=f"{start}HYPERLINK(1)", email="p@example.org", form_id=new_form_id()
    )
    client.force_login(User.objects.create_superuser("admin@example.org", "x" * 14))
    export = client.get(f"/admin/registrations/?event={event.pk}&export=csv").getvalue().decode()
    assert f"'{start}HYPERLINK(1)" in export
