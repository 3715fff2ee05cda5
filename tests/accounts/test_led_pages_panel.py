"""Who leads a project finds it on the first page of the admin, wherever it stands in the tree."""

import pytest
from django.urls import reverse

from accounts.roles import Role
from tests.accounts.factories import make_project, make_user

pytestmark = pytest.mark.django_db


def first_page(client, user, settings) -> str:
    """The admin's first page as the user sees it."""
    settings.MFA_REQUIRED = False
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("wagtailadmin_home")).content.decode()


def test_a_leader_finds_the_led_pages_and_nobody_elses(site, client, settings):
    leader, other = make_user(Role.PROJECT_LEADER), make_user(Role.PROJECT_LEADER)
    mine, theirs = make_project("Rett og frist", leader=leader), make_project("Asperger og rus", leader=other)
    page = first_page(client, leader, settings)
    assert "Sidene jeg har ansvar for" in page
    assert reverse("wagtailadmin_pages:edit", args=[mine.pk]) in page
    assert f'href="{mine.url}"' in page
    assert reverse("wagtailadmin_pages:edit", args=[theirs.pk]) not in page


def test_a_page_sent_for_approval_says_so(site, client, settings):
    leader = make_user(Role.PROJECT_LEADER)
    project = make_project(leader=leader)
    project.save_revision(user=leader)
    project.get_workflow().start(project, leader)
    assert "sendt til godkjenning" in first_page(client, leader, settings)


def test_whoever_leads_nothing_sees_no_empty_panel(site, client, settings):
    assert "Sidene jeg har ansvar for" not in first_page(client, make_user(Role.ADVISER), settings)
