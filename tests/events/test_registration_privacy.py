"""Registering tells nobody whose addresses are registered already; only their owners' mail does."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from events import mails
from tests.core.anonymous import post
from tests.events.factories import make_event, make_registration

pytestmark = pytest.mark.django_db
TOLD = {"name": "Kari Eksempel", "email": "kari@example.org", "workplace": "Poliklinikken"}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    """No broker in these tests: what would be queued is done by hand."""
    monkeypatch.setattr("events.tasks.send_registration_mail.delay", lambda key: None)
    cache.clear()


def address(event) -> str:
    return f"/arrangementer/{event.slug}/pamelding/"


def _shown(response) -> tuple[int, str]:
    """What a visitor reads, with the address that was written taken out."""
    text = response.content.decode()
    return response.status_code, re.sub(
        r"(?i)kari@example\.org|ny@example\.org", "…", text[text.index("<main") :]
    )


@pytest.mark.parametrize("status", ["registered", "waiting", "attended"])
@pytest.mark.parametrize("capacity", [1, 10, None])
def test_the_answer_tells_nobody_whether_an_address_is_registered(client, site, status, capacity):
    event = make_event(capacity=capacity)
    if capacity == 1:
        make_registration(event)
    known = make_registration(event, 2, email="kari@example.org", status=status)
    answer = _shown(post(client, address(event), {**TOLD, "email": "KARI@example.org"}))
    assert answer == _shown(post(client, address(event), {**TOLD, "email": "ny@example.org"}))
    known.refresh_from_db()
    assert known.status == status


def test_an_address_that_is_registered_gets_no_other_answer_when_registration_is_closed(client, site):
    event = make_event(registration_closes=timezone.now() - timedelta(hours=1))
    make_registration(event, email="kari@example.org")
    known = _shown(post(client, address(event), TOLD))
    assert known == _shown(post(client, address(event), {**TOLD, "email": "ny@example.org"}))
    assert known[0] == 409


def test_the_owner_of_an_address_is_told_by_mail_how_things_stand_a_few_times_at_most(client, site):
    event = make_event(capacity=1)
    make_registration(event, email="kari@example.org")
    for _time in range(5):
        post(client, address(event), TOLD)
        mails.send_all_due()
    assert [message.to for message in mail.outbox] == [["kari@example.org"]] * 3
    assert "Du er påmeldt" in mail.outbox[0].subject
    waiting = make_registration(event, 3, email="ole@example.org", status="waiting")
    post(client, address(event), {**TOLD, "email": "ole@example.org"})
    waiting.refresh_from_db()
    assert waiting.mail_due == "waiting"
