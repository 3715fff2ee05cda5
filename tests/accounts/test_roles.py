"""Roles, leaders and what follows from them."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from wagtail.models import Collection, GroupPagePermission, Page, Workflow, WorkflowPage

from accounts.leaders import sync_page
from accounts.models import ManagedAccess, PageLeader
from accounts.roles import GROUP_NAMES, Role, ensure_roles, group_of
from tests.accounts.factories import add_leader, make_project, make_user

pytestmark = pytest.mark.django_db


def _rights() -> set:
    page = {
        (row.group.name, row.page_id, row.permission.codename) for row in GroupPagePermission.objects.all()
    }
    model = {(group.name, p.codename) for group in Group.objects.all() for p in group.permissions.all()}
    return page | model


def test_making_roles_twice_changes_nothing(site):
    before = _rights()
    ensure_roles()
    assert _rights() == before
    assert Workflow.objects.count() == 1
    assert WorkflowPage.objects.get().page_id == site.root_page_id


def test_wagtails_example_groups_and_workflow_are_gone(site):
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUP_NAMES.values())


def test_an_example_group_with_members_stays(site):
    Group.objects.create(name="Editors").user_set.add(make_user())
    ensure_roles()
    assert Group.objects.filter(name="Editors").exists()


def test_migrating_again_brings_the_roles_up_to_date(site):
    group_of(Role.ADVISER).permissions.clear()
    call_command("migrate", verbosity=0)
    assert group_of(Role.ADVISER).permissions.filter(codename="send_letter").exists()


@pytest.mark.parametrize(
    ("role", "sends", "publishes", "administers"),
    [
        (Role.ADMINISTRATOR, True, True, True),
        (Role.ADVISER, True, True, False),
        (Role.PROJECT_LEADER, False, False, False),
        (Role.CONSULTANT, False, False, False),
        (Role.READER, False, False, False),
    ],
)
def test_each_role_has_its_rights(site, role, sends, publishes, administers):
    user = make_user(role)
    assert user.has_perm("wagtailadmin.access_admin")
    assert user.has_perm("newsletters.send_letter") is sends
    assert site.root_page.permissions_for_user(user).can_publish() is publishes
    assert user.has_perm("accounts.change_user") is administers


def test_naming_a_leader_gives_rights_and_removing_takes_them_away(site):
    user = make_user(Role.PROJECT_LEADER)
    project = make_project("Steroideprosjektet", leader=user)
    access = ManagedAccess.objects.get(page=project)
    assert list(access.group.user_set.all()) == [user]
    assert project.permissions_for_user(user).can_edit()
    assert not project.permissions_for_user(user).can_publish()
    PageLeader.objects.all().delete()
    user = type(user).objects.get(pk=user.pk)
    assert not project.permissions_for_user(user).can_edit()


def test_a_leader_needs_no_other_group_to_enter_the_admin(site):
    user = make_user()
    make_project(leader=user)
    assert type(user).objects.get(pk=user.pk).has_perm("wagtailadmin.access_admin")


def test_two_leaders_share_one_group_and_two_projects_share_none(site):
    first, second = make_user(), make_user()
    one, other = make_project("Rett og frist", leader=first), make_project("Rett og frist", leader=second)
    add_leader(one, second)
    assert ManagedAccess.objects.count() == 2
    assert set(ManagedAccess.objects.get(page=one).group.user_set.all()) == {first, second}
    assert set(ManagedAccess.objects.get(page=other).group.user_set.all()) == {second}


def test_a_new_title_reaches_group_and_collection(site):
    project = make_project("Rus i kroppen", leader=make_user())
    project.title = "Somatisk helse og rus"
    project.save_revision().publish()
    access = ManagedAccess.objects.get(page=project)
    assert access.collection.name == "Somatisk helse og rus"
    assert "Somatisk helse og rus" in access.group.name


def test_a_deleted_page_leaves_neither_group_nor_empty_collection(site):
    project = make_project("Et kort prosjekt", leader=make_user())
    Page.objects.get(pk=project.pk).delete()
    assert not Group.objects.filter(name__contains="Et kort prosjekt").exists()
    assert not Collection.objects.filter(name="Et kort prosjekt").exists()
    assert not PageLeader.objects.exists()


def test_a_setting_lets_leaders_publish(site, settings):
    user = make_user()
    project = make_project(leader=user)
    settings.PROJECT_LEADERS_MAY_PUBLISH = True
    ensure_roles()
    assert project.permissions_for_user(type(user).objects.get(pk=user.pk)).can_publish()
    settings.PROJECT_LEADERS_MAY_PUBLISH = False
    sync_page(project)
    assert not project.permissions_for_user(type(user).objects.get(pk=user.pk)).can_publish()
