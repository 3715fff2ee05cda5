"""The one log-in: nothing goes round it, the second factor is asked for, invitations work once."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts import invitations, second_factor
from accounts.models import Invitation, User
from accounts.roles import Role, ensure_roles, roles_of
from tests.accounts.factories import PASSWORD, make_project
from tests.accounts.test_access import is_refused

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "tyttebær under gammel gran"


@pytest.fixture
def required(settings):
    """The second factor as a real service has it."""
    settings.MFA_REQUIRED = True


def _with_factor(user: User) -> User:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return user


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_admins_own_log_in_and_password_pages_are_never_reached(client, people, method):
    ask = getattr(client, method)
    response = ask(
        "/admin/login/?next=/admin/pages/", {"username": "adviser@example.no", "password": PASSWORD}
    )
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/konto/login/")
    for address in ("/admin/password_reset/", "/admin/password_reset/confirm/MQ/abc/"):
        assert ask(address).headers["Location"] == "/konto/password/reset/"
    assert "_auth_user_id" not in client.session


def test_the_log_in_never_leads_to_another_site(client, site):
    response = client.get("/admin/login/?next=https://example.org/")
    assert "example.org" not in response.headers["Location"]


def test_logging_in_brings_editors_to_the_admin_and_members_to_their_page(client, people):
    for who, target in (("adviser", "/admin/"), ("member", "/min-side/")):
        user = people[who]
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        response = client.post("/konto/login/", {"login": user.email.upper(), "password": PASSWORD})
        assert response.headers["Location"] == target
        client.post("/admin/logout/")
        assert "_auth_user_id" not in client.session


def test_nobody_signs_up_on_their_own(client, site):
    assert client.get("/konto/signup/").headers["Location"] == "/konto/login/"
    data = {"email": "ny@example.no", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/konto/signup/", data)
    assert not User.objects.filter(email="ny@example.no").exists()


@pytest.mark.parametrize("who", ["administrator", "adviser", "consultant"])
def test_those_who_publish_or_send_must_have_a_second_factor(log_in, people, required, who):
    client = log_in(who)
    response = client.get("/admin/")
    assert response.headers["Location"] == "/konto/2fa/totp/activate/"
    assert client.post("/admin/users/").status_code == 302
    _with_factor(people[who])
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("who", ["project_leader", "reader"])
def test_those_who_only_write_or_read_need_none(log_in, own, required, who):
    assert log_in(who).get("/admin/").status_code == 200


def test_a_leader_who_may_publish_needs_one(log_in, own, required, settings):
    settings.PROJECT_LEADERS_MAY_PUBLISH = True
    ensure_roles()
    assert log_in("project_leader").get("/admin/").headers["Location"] == "/konto/2fa/totp/activate/"


def test_recovery_codes_alone_are_no_second_factor(log_in, people, required):
    Authenticator.objects.create(user=people["adviser"], type="recovery_codes", data={"seed": "x"})
    assert log_in("adviser").get("/admin/").status_code == 302


def test_a_lost_second_factor_is_removed_logged_and_told(log_in, people):
    adviser = _with_factor(people["adviser"])
    their_session = log_in("adviser")
    log_in("administrator").post(f"/admin/users/{adviser.pk}/reset-second-factor/")
    assert not Authenticator.objects.filter(user=adviser).exists()
    entry = ModelLogEntry.objects.get(action="accounts.reset_second_factor")
    assert (entry.object_id, entry.user) == (str(adviser.pk), people["administrator"])
    assert mail.outbox[-1].to == [adviser.email]
    assert their_session.get("/admin/").headers["Location"].startswith("/konto/login/")


def _mail_server_is_away(monkeypatch) -> None:
    def away(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)


def test_a_second_factor_is_removed_though_the_mail_about_it_fails(log_in, people, monkeypatch):
    adviser = _with_factor(people["adviser"])
    _mail_server_is_away(monkeypatch)
    client = log_in("administrator")
    answer = client.post(f"/admin/users/{adviser.pk}/reset-second-factor/", follow=True)
    assert not Authenticator.objects.filter(user=adviser).exists()
    assert "Gi beskjed selv" in answer.content.decode()


def test_an_invitation_stays_and_is_mailed_later_when_the_mail_server_is_away(log_in, people, monkeypatch):
    client = log_in("administrator")
    with monkeypatch.context() as patch:
        _mail_server_is_away(patch)
        data = {"email": "ny@example.no", "role": "adviser"}
        answer = client.post("/admin/invitations/new/", data, follow=True)
        assert "E-posttjeneren svarer ikke" in answer.content.decode()
        invitation = Invitation.objects.open().get()
        answer = client.post(f"/admin/invitations/{invitation.pk}/again/", follow=True)
        assert "E-posttjeneren svarer ikke" in answer.content.decode()
        assert Invitation.objects.open().get().nonce == invitation.nonce
    client.post(f"/admin/invitations/{invitation.pk}/again/")
    assert mail.outbox[-1].to == ["ny@example.no"]
    assert client.get(_link()).status_code == 200


def test_only_administrators_reset_and_nobody_their_own(log_in, people):
    for who in ("adviser", "project_leader", "consultant"):
        target = _with_factor(people["reader"]) if who == "adviser" else people["reader"]
        assert is_refused(log_in(who).post(f"/admin/users/{target.pk}/reset-second-factor/"))
    administrator = _with_factor(people["administrator"])
    log_in("administrator").post(f"/admin/users/{administrator.pk}/reset-second-factor/")
    assert Authenticator.objects.filter(user=administrator).exists()


def test_an_administrator_has_no_power_over_a_technical_operator(log_in, people):
    operator = User.objects.create_superuser("drift@example.no", PASSWORD)
    with pytest.raises(PermissionDenied):
        second_factor.reset(operator, people["administrator"])
    client = log_in("administrator")
    assert is_refused(client.get(f"/admin/users/edit/{operator.pk}/"))
    assert is_refused(client.post(f"/admin/users/delete/{operator.pk}/"))
    assert client.post("/admin/bulk/accounts/user/assign_role/").status_code == 404


def _link() -> str:
    return re.search(r"https?://[^/\s]+(/konto/invitasjon/\S+)", mail.outbox[-1].body)[1]


def test_an_invitation_is_mailed_accepted_and_works_once(client, log_in, people):
    log_in("administrator").post("/admin/invitations/new/", {"email": "Ny@Example.no", "role": "adviser"})
    assert mail.outbox[-1].to == ["ny@example.no"]
    assert "Kommunikasjonsrådgiver" in mail.outbox[-1].body
    link = _link()
    assert client.get(link).status_code == 200
    data = {"first_name": "Ny", "last_name": "Ansatt", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(link, {**data, "password2": "noe helt annet enn dette"}).status_code == 200
    assert client.post(link, {**data, "password1": "passord", "password2": "passord"}).status_code == 200
    assert client.post(link, data).headers["Location"].startswith("/konto/login/")
    user = User.objects.get(email="ny@example.no")
    assert roles_of(user) == [Role.ADVISER]
    assert not user.is_superuser
    assert EmailAddress.objects.get(user=user).verified
    assert client.post(link, data).status_code == 410
    actions = set(ModelLogEntry.objects.values_list("action", flat=True))
    assert {"accounts.invite", "accounts.accept_invitation"} <= actions


def test_forged_old_withdrawn_and_replaced_links_are_refused(client, people):
    invitation = invitations.invite("ny@example.no", Role.READER, people["administrator"])
    first = _link()
    assert client.get(first[:-3] + "xyz/").status_code == 410
    invitations.resend(invitation)
    assert client.get(first).status_code == 410
    second = _link()
    assert client.get(second).status_code == 200
    invitations.revoke(invitation)
    assert client.get(second).status_code == 410
    invitations.resend(invitation)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert client.get(_link()).status_code == 410
    assert not User.objects.filter(email="ny@example.no").exists()


def test_a_new_invitation_replaces_the_open_one_and_a_user_is_not_invited(people):
    invitations.invite("ny@example.no", Role.READER)
    invitations.invite("NY@example.no", Role.ADVISER)
    assert Invitation.objects.open().count() == 1
    with pytest.raises(ValidationError):
        invitations.invite("adviser@example.no", Role.READER)


def test_only_administrators_invite_and_the_list_has_its_buttons(log_in, people):
    invitation = invitations.invite("ny@example.no", Role.READER)
    for who in ("adviser", "project_leader", "consultant", "reader"):
        client = log_in(who)
        for address in ("new/", f"{invitation.pk}/again/", f"{invitation.pk}/withdraw/"):
            data = {"email": "x@example.no", "role": "administrator"}
            assert is_refused(client.post(f"/admin/invitations/{address}", data))
    assert Invitation.objects.count() == 1
    client = log_in("administrator")
    assert "Send på nytt" in client.get("/admin/invitations/").content.decode()
    client.post(f"/admin/invitations/{invitation.pk}/again/")
    client.post(f"/admin/invitations/{invitation.pk}/withdraw/")
    assert not Invitation.objects.open().exists()


def test_roles_are_changed_by_an_administrator_and_led_pages_stay(log_in, people, own):
    leader = people["project_leader"]
    data = {"first_name": "Kari", "last_name": "Ny", "is_active": "on", "roles": ["reader"]}
    log_in("administrator").post(f"/admin/users/edit/{leader.pk}/", data)
    leader = User.objects.get(pk=leader.pk)
    assert roles_of(leader) == [Role.READER]
    assert own.permissions_for_user(leader).can_edit()
    assert ModelLogEntry.objects.filter(action="accounts.change_roles").count() == 1


def test_the_list_of_users_asks_as_often_however_many_there_are(
    log_in, people, django_assert_max_num_queries
):
    client = log_in("administrator")
    _with_factor(people["adviser"])
    with CaptureQueriesContext(connection) as few:
        assert "Ja" in client.get("/admin/users/?q=adviser").content.decode()
    with django_assert_max_num_queries(len(few) + 2):
        client.get("/admin/users/")


def test_someone_who_is_shut_out_is_logged_out_at_once(log_in, people):
    session = log_in("reader")
    data = {"first_name": "Kari", "last_name": "Ny", "roles": ["reader"]}
    log_in("administrator").post(f"/admin/users/edit/{people['reader'].pk}/", data)
    assert session.get("/admin/").headers["Location"].startswith("/konto/login/")


def test_the_audit_log_shows_account_actions_to_administrators_alone(log_in, people):
    invitations.invite("ny@example.no", Role.READER, people["administrator"])
    address = "/admin/reports/site-history/?action=accounts.invite"
    assert "ny@example.no" in log_in("administrator").get(address).content.decode()
    for who in ("adviser", "project_leader", "reader"):
        assert "ny@example.no" not in log_in(who).get(address).content.decode()


def test_a_member_of_the_register_logs_in_by_code_and_becomes_that_person(client, people):
    from directory.models import Person

    person = Person.objects.create(first_name="Mette", last_name="Lie", email="mette@example.no")
    client.post("/konto/login/code/", {"email": "Mette@example.no"})
    code = re.search(r"^([A-Z0-9-]{6,})$", mail.outbox[-1].body, re.MULTILINE)[1]
    person.refresh_from_db()
    assert person.user is None
    client.post("/konto/login/code/confirm/", {"code": code})
    person.refresh_from_db()
    assert person.user.email == "mette@example.no"
    page = client.get("/min-side/")
    assert "Mette Lie" in page.content.decode()
    data = client.get("/min-side/opplysninger.json").json()
    assert data["person"]["email"] == "mette@example.no"


def test_an_address_outside_the_register_gets_no_log_in(client, people):
    client.post("/konto/login/code/", {"email": "ukjent@example.no"})
    assert not User.objects.filter(email="ukjent@example.no").exists()


def test_security_txt_names_contact_and_expiry_without_a_cookie(client, site, settings):
    settings.SECURITY_TXT_EXPIRES = "2027-01-01"
    response = client.get("/.well-known/security.txt")
    assert "Contact: mailto:" in response.content.decode()
    assert "Expires: 2027-01-01T00:00:00Z" in response.content.decode()
    assert not response.cookies


def test_administrators_are_warned_before_security_txt_expires(people, settings):
    from accounts.tasks import warn_security_contact

    assert warn_security_contact() == 0
    settings.SECURITY_TXT_EXPIRES = (timezone.localdate() + timedelta(days=10)).isoformat()
    assert warn_security_contact() == 1
    assert mail.outbox[-1].to == ["administrator@example.no"]


def test_the_leaders_list_gives_rights_and_takes_only_projects_and_networks(log_in, people, article):
    project = make_project("Somatisk helse og rus")
    client, reader = log_in("adviser"), people["reader"]
    data = {"page": article.pk, "user": reader.pk, "since": "2026-11-01"}
    assert client.post("/admin/leaders/new/", data).status_code == 200
    assert client.post("/admin/leaders/new/", {**data, "page": project.pk}).status_code == 302
    assert project.permissions_for_user(User.objects.get(pk=reader.pk)).can_edit()
