"""The command that makes an empty service ready."""

import smtplib

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from wagtail.models import Page, Site

from accounts.models import Invitation, User
from accounts.roles import Role, roles_of
from core.models import ServiceSettings
from tests.accounts.factories import PASSWORD

pytestmark = pytest.mark.django_db
ARGUMENTS = [
    "--name",
    "Nasjonal tjeneste",
    "--hostname",
    "portal.example.no",
    "--admin-email",
    "sjef@example.no",
]


@pytest.fixture(autouse=True)
def _empty(db):
    """No site, no settings, no roles: the command makes them."""
    ServiceSettings.objects.all().delete()
    Site.objects.all().delete()
    for page in Page.objects.filter(depth=2):
        page.specific.delete()
    Group.objects.all().delete()


def test_a_dry_run_changes_and_mails_nothing(db, capsys):
    before = Site.objects.count()
    call_command("setup_service", *ARGUMENTS, "--dry-run")
    assert "Would: invite sjef@example.no as administrator" in capsys.readouterr().out
    assert not ServiceSettings.objects.exists()
    assert Site.objects.count() == before
    assert not Invitation.objects.exists()
    assert not mail.outbox


def test_running_twice_makes_one_service_and_mails_the_invitation_anew(db):
    call_command("setup_service", *ARGUMENTS)
    first = mail.outbox[-1].body
    ServiceSettings.objects.update(service_name="Eget navn")
    call_command("setup_service", *ARGUMENTS)
    assert ServiceSettings.objects.get().service_name == "Eget navn"
    site = Site.objects.get()
    assert (site.hostname, site.port, site.is_default_site) == ("portal.example.no", 443, True)
    assert Invitation.objects.count() == 1
    assert len(mail.outbox) == 2
    assert mail.outbox[-1].body != first


def test_someone_who_can_log_in_becomes_administrator_without_an_invitation(db):
    user = User.objects.create_user("sjef@example.no", PASSWORD)
    call_command("setup_service", *ARGUMENTS)
    assert roles_of(user) == [Role.ADMINISTRATOR]
    assert not mail.outbox


@pytest.mark.parametrize(
    ("option", "value"),
    [("--hostname", "https://portal"), ("--port", "0"), ("--admin-email", "ingen"), ("--name", " ")],
)
def test_an_unusable_argument_stops_with_a_sentence_that_names_it(db, option, value):
    with pytest.raises(CommandError, match=option):
        call_command("setup_service", *ARGUMENTS, option, value)


def test_a_mail_that_cannot_be_sent_stops_and_leaves_nothing_half_done(db, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPServerDisconnected("no relay")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("setup_service", *ARGUMENTS)
    assert not Invitation.objects.exists()
    assert not ServiceSettings.objects.exists()
