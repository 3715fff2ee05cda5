"""Every address of the admin that names something, asked by people it is not for; and what each role reaches of it."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Task

from accounts.models import User
from accounts.roles import Role
from projects.models import ProjectPage
from tests.accounts.admin_addresses import (
    SECRET,
    Address,
    admin_addresses,
    make_foreign_files,
    make_foreign_objects,
)
from tests.accounts.test_access import is_refused

pytestmark = pytest.mark.django_db

# What pages share may be chosen by whoever writes pages; it is shown to readers anyway.
SHARED = ("wagtailsnippetchoosers_core_",)
# Addresses that answer without refusing and tell nothing: they list what is one's own, lead back to the own branch, or
# hold nothing of anybody's.
PLAIN = {
    "wagtailadmin_editing_sessions:release",
    "wagtailadmin_explore",
    "wagtailadmin_explore_results",
    "wagtailadmin_pages:choose_parent",
    "wagtailadmin_pages:confirm_workflow_cancellation",
    "wagtailadmin_pages:revisions_index",
    "wagtailadmin_pages:type_use",
    "wagtailadmin_pages:type_use_results",
    "wagtailadmin_password_reset_confirm",
    "wagtailadmin_tag_model_autocomplete",
    "wagtailadmin_workflows:task_chosen",
}
# Wagtail's own page that fails on purpose; a dialogue that fails on an empty form; bulk actions have their own test.
LEFT_OUT = {"wagtailadmin_error_test", "wagtailadmin_choose_page_external_link", "wagtail_bulk_action"}


@pytest.fixture(scope="module")
def foreign_things(_built_cast, django_db_blocker) -> dict[str, Any]:
    """One object of every kind; made once, as each test takes back what it did."""
    with django_db_blocker.unblock():
        leader = User.objects.get(email="other_leader@example.no")
        foreign = ProjectPage.objects.get(title="Rett og frist")
        registers = make_foreign_objects(foreign, leader)
        files = make_foreign_files(foreign)
        redirect = Redirect.objects.create(old_path="/hemmelighet", redirect_link="/")
        return {**registers, **files, "project": foreign, "redirect": redirect}


def _told(address: Address, things: dict[str, Any]) -> dict[str, Any]:
    """Return what the arguments of an address stand for."""
    told = {
        "content_type_app_name": "projects",
        "content_type_model_name": "projectpage",
        "app_label": "projects",
        "model_name": "projectpage",
        "app_name": "core",
        "action": "cancel",
        "mode": "email",
        "action_name": "approve",
        "status": "sent",
        "filter_spec": "width-20",
        "session_id": 1,
        "uidb64": "MQ",
        "token": "x",
        "task_id": Task.objects.get().pk,
        "object_id": things["page"].pk,
        "doc_id": things["document"].pk,
        "uploaded_file_id": things["upload"].pk,
        "destination_id": things["page"].get_parent().pk,
    }
    for name in ("revision", "image", "document", "collection", "redirect", "workflow_state", "task_state"):
        told[f"{name}_id"] = things[name].pk
    page = {"newsletters_admin": things["deliveries"].letter, "reporting": things["project"]}
    for name in ("page_id", "parent_page_id", "page_to_move_id", "page_pk"):
        told[name] = page.get(address.space, things["page"]).pk
    subject = _subject(address, things)
    return told if subject is None else {**told, "pk": subject.pk, "workflow_pk": things["workflow"].pk}


def _subject(address: Address, things: dict[str, Any]) -> Any:
    """Return what `pk` means in an address."""
    if address.space.startswith(SHARED):
        return things["wagtailsnippets_core_" + address.space.rpartition("_")[2]]
    if address.space == "wagtailadmin_api":
        return things[address.name.split(":")[1].rstrip("s")]
    if address.space == "wagtailadmin_workflows":
        return Task.objects.get() if "task" in address.name else things["workflow"]
    elsewhere = {
        "wagtailadmin_collections": things["collection"],
        "wagtailimages_chooser": things["image"],
        "wagtaildocs_chooser": things["document"],
        "wagtailusers_groups": Group.objects.order_by("pk").first(),
        "wagtailsites": things["page"].get_site(),
        "wagtailsettings": things["page"].get_site(),
    }
    return elsewhere.get(address.space) or things.get(address.space)


def _text(response) -> str:
    content = response.getvalue() if response.streaming else response.content
    return content.decode(errors="replace")


def _state(things: dict[str, Any]) -> dict[str, Any]:
    """Return all that is stored of the things."""
    return {
        name: type(thing)._base_manager.filter(pk=thing.pk).values().first() for name, thing in things.items()
    }


ADDRESSES = [address for address in admin_addresses() if address.name not in LEFT_OUT]
SPACES = sorted({address.space for address in ADDRESSES})


def _addresses_of(space: str) -> list[Address]:
    return [address for address in ADDRESSES if address.space == space]


@pytest.mark.parametrize("space", SPACES)
def test_a_leader_neither_sees_nor_changes_what_is_anothers(log_in, foreign_things, space):
    client = log_in("project_leader")
    before = _state(foreign_things)
    for address in _addresses_of(space):
        path = address.filled(_told(address, foreign_things))
        shown, sent = client.get(path), client.post(path, {})
        if address.arguments and not address.space.startswith(SHARED) and address.name not in PLAIN:
            for response in (shown, sent):
                assert is_refused(response) or response.status_code == 405, (path, response.status_code)
        if not address.space.startswith(SHARED):
            assert SECRET not in _text(shown), path
            assert SECRET not in _text(sent), path
    assert _state(foreign_things) == before


@pytest.mark.parametrize("ending", ["?q=Hemmelig", "?export=csv"])
def test_no_list_shows_a_leader_what_is_anothers_however_it_is_asked(log_in, foreign_things, ending):
    client = log_in("project_leader")
    for address in ADDRESSES:
        if not address.arguments and not address.space.startswith(SHARED):
            assert SECRET not in _text(client.get(f"/{address.route}{ending}")), address.route


def _bulk_actions() -> list[tuple[str, str, str]]:
    from wagtail.admin.views.bulk_action.registry import bulk_action_registry as registry

    registry._scan_for_bulk_actions()
    return [
        (app, model, action)
        for app, models in sorted(registry.actions.items())
        for model, actions in sorted(models.items())
        for action in sorted(actions)
    ]


@pytest.mark.parametrize("which", ["one", "all"])
@pytest.mark.parametrize(("app", "model", "action"), _bulk_actions())
def test_no_bulk_action_names_or_touches_what_is_anothers(log_in, foreign_things, app, model, action, which):
    wanted = apps.get_model(app, model)
    thing = next(one for one in foreign_things.values() if isinstance(one, wanted))
    before = _state(foreign_things)
    client = log_in("project_leader")
    path = f"/admin/bulk/{app}/{model}/{action}/?id={thing.pk if which == 'one' else 'all'}"
    for response in (client.get(path), client.post(path, {})):
        assert SECRET not in _text(response)
    assert _state(foreign_things) == before


EDITORS = {Role.ADMINISTRATOR, Role.ADVISER}
OFFICE = EDITORS | {Role.CONSULTANT}
# Who does everything in a register, and who only looks at its list.
REGISTERS = {
    "accounts_invitations": ({Role.ADMINISTRATOR}, set()),
    "deliveries": (EDITORS, set()),
    "duplicates": (OFFICE, set()),
    "interests": (EDITORS, set()),
    "letter_series": (EDITORS, set()),
    "memberships": (OFFICE, set()),
    "network_groups": (OFFICE, set()),
    "organisations": (OFFICE, set()),
    "page_leaders": (EDITORS, set()),
    "people": (OFFICE, set()),
    "print_orders": (OFFICE, set()),
    "regions": (OFFICE, set()),
    "registrations": (OFFICE, set()),
    "reported_figures": (EDITORS, {Role.READER}),
    "saved_audiences": (EDITORS, set()),
    "subscriptions": (EDITORS, set()),
    "suppressed": (EDITORS, set()),
    "traffic_lights": (EDITORS, {Role.READER, Role.PROJECT_LEADER}),
    "units": (OFFICE, set()),
    "wagtailsnippets_core_film": (EDITORS, set()),
    "wagtailsnippets_core_glossaryterm": (EDITORS, set()),
    "wagtailsnippets_core_staffrole": (EDITORS, set()),
    "wagtailusers_users": ({Role.ADMINISTRATOR}, set()),
}
LISTS = {"index", "index_results", "list", "list_results"}
# What those who may do everything try; the others try all there is, which costs less.
TRIED = {"index", "list", "add", "edit", "delete", "merge"}
# Rows that no hand makes or removes.
NOBODYS = {
    *(
        f"{space}:{view}"
        for space in ("deliveries", "suppressed")
        for view in ("add", "edit", "delete", "usage")
    ),
    *(f"{space}:{view}" for space in ("deliveries", "suppressed") for view in ("history", "history_results")),
    "print_orders:add",
    "saved_audiences:add",
    "subscriptions:delete",
}


def test_every_register_has_its_roles():
    from wagtail.admin.viewsets import viewsets
    from wagtail.admin.viewsets.model import ModelViewSet

    known = {one.url_namespace for one in viewsets.viewsets if isinstance(one, ModelViewSet)}
    assert known - {"wagtailsites", "wagtailusers_groups"} == set(REGISTERS) - {"duplicates"}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("space", REGISTERS)
def test_each_role_reaches_its_registers_and_what_their_lists_offer(log_in, foreign_things, space, role):
    client = log_in(role.value)
    full, looks = REGISTERS[space]
    reached, expected = set(), set()
    for address in _addresses_of(space):
        view = address.name.partition(":")[2]
        response = client.get(address.filled(_told(address, foreign_things)))
        if (
            response.status_code == 405
        ):  # a button's address: the leader's test above and the register's own press it
            continue
        if response.status_code == 302 and not is_refused(response):
            # Some views lead on, as "new user" to the invitation; what counts is where one ends.
            response = client.get(response.headers["Location"])
        if not is_refused(response):
            reached.add(view)
            if view in ("index", "list"):
                _offered_links_open(client, response)
        if (role in full and address.name not in NOBODYS) or (role in full | looks and view in LISTS):
            expected.add(view)
    if space == "traffic_lights" and role is Role.PROJECT_LEADER:
        expected.add("add")
    assert reached == expected


def _offered_links_open(client, response) -> None:
    main = _text(response).partition("<main")[2]
    for link in sorted(set(re.findall(r'href="(/admin/[^"?#]*)', main))):
        # The bar of bulk actions adds what was ticked by script.
        assert link.startswith("/admin/bulk/") or not is_refused(client.get(link)), link
