"""Review dates: what is overdue, who is mailed, what the first page and the reports show."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from core import reviews
from core.models import FeedbackResponse, PortalImage, ServiceSettings
from core.reports import language_rows
from core.tasks_editors import publish_scheduled, send_review_mails
from tests.accounts.factories import make_project, make_user
from tests.core.factories import StaffRoleFactory, make_article

pytestmark = pytest.mark.django_db
LATE = timezone.localdate() - timedelta(days=3)


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.MFA_REQUIRED = False
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def enter(site, client):
    """Log in as a new user of a role."""

    def _enter(role, **fields):
        user = make_user(role, **fields)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return user

    return _enter


def test_overdue_pages_are_mailed_to_their_role_and_all_to_the_service(site):
    role = StaffRoleFactory(email="fag@example.no")
    make_article(title="Utgått", review_by=LATE, responsible_role=role)
    make_article(title="Uten rolle", review_by=LATE)
    make_article(title="I orden", review_by=date(2099, 1, 1))
    make_article(title="Ikke publisert", review_by=LATE, live=False)
    ServiceSettings.objects.update(review_mail_to="alle@example.no")
    assert reviews.send_review_mails() == 2
    bodies = {message.to[0]: message for message in mail.outbox}
    assert "Utgått" in bodies["fag@example.no"].body
    assert "Uten rolle" not in bodies["fag@example.no"].body
    assert "Uten rolle" in bodies["alle@example.no"].body
    for text in (bodies["alle@example.no"].body, bodies["alle@example.no"].alternatives[0][0]):
        assert "I orden" not in text
        assert "Ikke publisert" not in text
        assert "/admin/pages/" in text
    assert bodies["fag@example.no"].subject == "1 side venter på gjennomgang"


def test_the_weekly_job_mails_once_even_when_it_runs_twice(site):
    make_article(review_by=LATE, responsible_role=StaffRoleFactory(email="fag@example.no"))
    assert send_review_mails() == 1
    assert send_review_mails() == 0
    assert len(mail.outbox) == 1


def test_nothing_overdue_sends_no_mail(site):
    ServiceSettings.objects.update(review_mail_to="alle@example.no")
    assert reviews.send_review_mails() == 0


def test_the_report_lists_overdue_pages_and_can_be_downloaded(enter, client):
    enter(Role.READER)
    make_article(title="Utgått artikkel", review_by=LATE)
    shown = client.get("/admin/rapporter/overdue/").content.decode()
    assert "Utgått artikkel" in shown
    file = b"".join(client.get("/admin/rapporter/overdue/?export=csv").streaming_content).decode()
    assert "Utgått artikkel" in file
    assert client.get("/admin/rapporter/overdue/?export=xlsx").status_code == 200


def test_a_withdrawn_consent_lists_every_page_that_uses_the_picture(enter, client):
    from tests.accounts.test_files import upload

    enter(Role.ADVISER)
    picture = PortalImage.objects.create(title="Portrett", file=upload(), width=40, height=30)
    make_article(title="Bruker bildet", picture=picture)
    make_article(title="I teksten", body=[("picture", {"image": picture, "alt": "En kvinne", "caption": ""})])
    make_article(title="Uten bilde")
    assert "Portrett" not in client.get("/admin/rapporter/picture-consent/").content.decode()
    PortalImage.objects.update(consent_expires=timezone.localdate())
    shown = client.get("/admin/rapporter/picture-consent/").content.decode()
    assert "Bruker bildet" in shown
    assert "I teksten" in shown
    assert "Uten bilde" not in shown


def test_the_language_report_counts_per_year_and_type(enter, client):
    enter(Role.READER)
    make_article(title="Én")
    make_article(title="Ei", language="nn")
    make_article(title="Davvi", language="se")
    year = timezone.localdate().year
    row = next(row for row in language_rows() if row.page_type == "Artikkel" and row.year == year)
    assert (row.nb, row.nn, row.other, row.nn_share) == (1, 1, 1, "50 %")
    assert "50 %" in client.get("/admin/rapporter/languages/").content.decode()


def test_the_first_page_shows_what_waits_for_this_person(enter, client):
    leader = enter(Role.PROJECT_LEADER, first_name="Sunniva")
    own = make_project("Eget prosjekt", leader=leader, review_by=LATE)
    foreign = make_project("Fremmed prosjekt", review_by=LATE)
    own.save_revision(user=leader)
    FeedbackResponse.objects.create(page=own, form_id="a", was_useful=True, comment="Fint skrevet")
    FeedbackResponse.objects.create(page=foreign, form_id="b", was_useful=False, comment="Om et annet")
    shown = client.get("/admin/").content.decode()
    assert "Velkommen, Sunniva" in shown
    for text in ("Mine utkast", "Innhold som snart må gjennomgås", "Tilbakemeldinger denne uken"):
        assert text in shown
    assert "Eget prosjekt" in shown
    assert "Fint skrevet" in shown
    assert "Fremmed prosjekt" not in shown
    assert "Om et annet" not in shown
    for outside in ("wagtail.org", "gravatar", "https://fonts"):
        assert outside not in shown


def test_submitting_asks_the_adviser_who_publishes_and_both_get_mail(enter, client, site):
    adviser = make_user(Role.ADVISER, "oda@example.no")
    leader = enter(Role.PROJECT_LEADER, email="leder@example.no")
    project = make_project("Eget prosjekt", leader=leader)
    project.title = "Bedre tittel"
    project.save_revision(user=leader)
    workflow = project.get_workflow()
    assert workflow.name == "Godkjenning"
    workflow.start(project, leader)
    assert mail.outbox[-1].to == ["oda@example.no"]
    assert "Bedre tittel" in mail.outbox[-1].subject
    client.force_login(adviser, backend="django.contrib.auth.backends.ModelBackend")
    assert "Bedre tittel" in client.get("/admin/").content.decode()
    state = project.current_workflow_task_state
    address = reverse("wagtailadmin_pages:workflow_action", args=[project.pk, "approve", state.pk])
    client.force_login(leader, backend="django.contrib.auth.backends.ModelBackend")
    client.post(address)
    project.refresh_from_db()
    assert project.title == "Eget prosjekt"
    client.force_login(adviser, backend="django.contrib.auth.backends.ModelBackend")
    client.post(address)
    project.refresh_from_db()
    assert project.title == "Bedre tittel"
    assert mail.outbox[-1].to == ["leder@example.no"]


def test_timed_publishing_and_expiry_happen(site):
    page = make_article(title="Kommer", live=False)
    page.go_live_at = timezone.now() - timedelta(minutes=1)
    page.save_revision(approved_go_live_at=page.go_live_at)
    old = make_article(title="Går ut")
    type(old).objects.filter(pk=old.pk).update(expire_at=timezone.now() - timedelta(minutes=1))
    publish_scheduled()
    page.refresh_from_db()
    old.refresh_from_db()
    assert page.live
    assert not old.live


def test_the_menu_follows_the_role(enter, client):
    enter(Role.CONSULTANT)
    shown = client.get("/admin/").content.decode()
    assert '"name": "register"' in shown
    assert '"name": "shared-content"' not in shown
    assert '"name": "help"' not in shown
