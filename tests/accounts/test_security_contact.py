"""The end of security.txt is seen in time: by mail, on the admin's first page, and when an upgrade checks."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from accounts.roles import Role
from accounts.tasks import warn_security_contact
from tests.accounts.factories import make_user
from tests.newsletters.smtp_sink import running_sink

pytestmark = pytest.mark.django_db
HEADING = "Kontakten for sikkerhetshull må fornyes"


def _ends_in(settings, days: int) -> None:
    settings.SECURITY_TXT_EXPIRES = (timezone.localdate() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("days", "words"), [(29, "går ut"), (0, "går ut"), (-3, "gikk ut")])
def test_administrators_see_on_the_first_page_that_the_contact_expires(log_in, settings, days, words):
    _ends_in(settings, days)
    shown = log_in("administrator").get("/admin/").content.decode()
    assert HEADING in shown
    assert f"Adressen i security.txt {words}" in shown
    for who in ("adviser", "project_leader", "consultant", "reader"):
        assert HEADING not in log_in(who).get("/admin/").content.decode()


@pytest.mark.parametrize("days", [30, None])
def test_nobody_is_troubled_before_it_is_time(log_in, settings, days):
    if days is None:
        settings.SECURITY_TXT_EXPIRES = ""
    else:
        _ends_in(settings, days)
    assert HEADING not in log_in("administrator").get("/admin/").content.decode()
    assert "accounts.W001" not in {found.id for found in run_checks()}


def test_a_check_before_an_upgrade_warns(settings):
    _ends_in(settings, 10)
    warning = next(found for found in run_checks() if found.id == "accounts.W001")
    assert "10 days" in warning.msg
    assert "SECURITY_TXT_EXPIRES" in warning.hint


def test_one_refused_address_keeps_the_warning_from_nobody_else(people, settings):
    make_user(Role.ADMINISTRATOR, "borte@example.no")
    make_user(Role.ADMINISTRATOR, "vikar@example.no")
    _ends_in(settings, 10)
    with running_sink() as sink:
        sink.refuse_receivers = {"borte": "550 5.1.1 No such user"}
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        assert warn_security_contact() == 2
        assert sorted(sink.receivers()) == ["administrator@example.no", "vikar@example.no"]
