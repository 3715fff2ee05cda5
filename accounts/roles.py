"""The service's five roles as groups, their rights, and the workflow by which leaders' pages are approved.

`ensure_roles()` may run at any time: it makes what is missing and brings the rights in step with this file.
"""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from accounts.workflow import ensure_workflow


class Role(models.TextChoices):
    """What a person does in the service. A user may hold several roles."""

    ADMINISTRATOR = "administrator", _("Administrator")
    ADVISER = "adviser", _("Communication adviser")
    PROJECT_LEADER = "project_leader", _("Project leader")
    CONSULTANT = "consultant", _("Administration consultant")
    READER = "reader", _("Reader of reports")


# The groups' names are what administrators see in the list of users; they stay the same in every language.
GROUP_NAMES = {
    Role.ADMINISTRATOR: "Administrator",
    Role.ADVISER: "Kommunikasjonsrådgiver",
    Role.PROJECT_LEADER: "Prosjektleder",
    Role.CONSULTANT: "Administrasjonskonsulent",
    Role.READER: "Rapportleser",
}

CONTENT_APPS = ("core", "publications", "projects", "networks", "events", "elearning", "newsletters")
WAGTAIL_APPS = ("wagtailadmin", "wagtailcore", "wagtailredirects", "wagtailforms", "wagtailusers")
# What a reader of reports may look at: figures, never a person.
REPORT_MODELS = {
    "core": ("contentpage", "pageviewcount", "documentdownloadcount", "feedbackresponse", "brokenlink"),
    # Not deliveries: their pages name each receiver. A letter's figures stand among the reports.
    "newsletters": ("letterpage", "deliverystatistics", "clickcount", "opencount"),
    "projects": ("projectpage", "trafficlight"),
    "events": ("eventpage",),
    "reporting": (),
}
EVERY_PAGE = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page")
OWN_PAGE = ("add_page", "change_page")
# Wagtail asks for the rights of its own two models, whatever models the portal keeps its files in.
FILES = ("add_image", "change_image", "choose_image")
DOCUMENTS = ("add_document", "change_document", "choose_document")

# Stands in the list of collections, the same in every language.
CONSULTANTS_COLLECTION = "Arrangementer"


def group_of(role: Role | str) -> Group:
    """Return the group of a role, made when it is missing."""
    return Group.objects.get_or_create(name=GROUP_NAMES[Role(role)])[0]


def roles_of(user) -> list[Role]:
    """Return the roles a user holds, in the order they are listed."""
    names = set(user.groups.values_list("name", flat=True))
    return [role for role, name in GROUP_NAMES.items() if name in names]


def permissions_of(role: Role) -> QuerySet[Permission]:
    """Return the model permissions of a role; rights on pages and files come on top."""
    access = Q(content_type__app_label="wagtailadmin", codename="access_admin")
    register = Q(content_type__app_label="directory")
    content = Q(content_type__app_label__in=CONTENT_APPS)
    leaders = Q(content_type__app_label="accounts", content_type__model="pageleader")
    rules = {
        Role.ADMINISTRATOR: content
        | register
        | Q(content_type__app_label__in=("accounts", "reporting", *WAGTAIL_APPS)),
        Role.ADVISER: content
        | register
        | leaders
        | Q(content_type__app_label__in=("reporting", "wagtailredirects")),
        Role.PROJECT_LEADER: access,
        Role.CONSULTANT: register
        | Q(content_type__app_label="events")
        | Q(content_type__app_label="publications", content_type__model__contains="order")
        | Q(content_type__app_label="networks", content_type__model__in=("membership", "networkgroup")),
        Role.READER: _reports(),
    }
    return Permission.objects.filter(access | rules[role])


def _reports() -> Q:
    rule = Q(pk__in=())
    for app, models_ in REPORT_MODELS.items():
        part = Q(content_type__app_label=app, codename__startswith="view_")
        rule |= part & Q(content_type__model__in=models_) if models_ else part
    return rule


@transaction.atomic
def ensure_roles() -> None:
    """Make roles, their rights and the approval workflow; take away Wagtail's own example groups."""
    root = Page.get_first_root_node()
    files = Collection.get_first_root_node()
    for role in Role:
        group_of(role).permissions.set(permissions_of(role))
    for role in (Role.ADMINISTRATOR, Role.ADVISER):
        grant_page(group_of(role), root, EVERY_PAGE)
        grant_collection(group_of(role), files, (*FILES, *DOCUMENTS, "add_collection", "change_collection"))
    consultant = group_of(Role.CONSULTANT)
    for index in _page_of_type("events", "eventindexpage"):
        grant_page(consultant, index, ("add_page", "change_page", "publish_page"))
    grant_collection(consultant, _consultants_collection(), (*FILES, *DOCUMENTS))
    grant_collection(consultant, files, ("choose_image", "choose_document"))
    _remove_examples()
    ensure_workflow(approvers=group_of(Role.ADVISER))
    _renew_leaders()


def grant_page(group: Group, page: Page, codenames: Iterable[str]) -> None:
    """Give the group exactly these rights on the page and what stands under it."""
    wanted = Permission.objects.filter(content_type__app_label="wagtailcore", codename__in=codenames)
    held = GroupPagePermission.objects.filter(group=group, page=page)
    held.exclude(permission__in=wanted).delete()
    for permission in wanted:
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)


def grant_collection(group: Group, collection: Collection, codenames: Iterable[str]) -> None:
    """Give the group exactly these rights on the files of a collection."""
    wanted = Permission.objects.filter(
        content_type__app_label__in=("wagtailimages", "wagtaildocs", "wagtailcore"),
        codename__in=codenames,
    )
    held = GroupCollectionPermission.objects.filter(group=group, collection=collection)
    held.exclude(permission__in=wanted).delete()
    for permission in wanted:
        GroupCollectionPermission.objects.get_or_create(
            group=group, collection=collection, permission=permission
        )


def _consultants_collection() -> Collection:
    """Return the collection the consultants keep the events' files in: the one they have, else the one of its name.

    An editor may have renamed it; a project of the same name has a collection of its own.
    """
    below = Collection.objects.filter(depth__gt=1, managed_access__isnull=True)
    held = below.filter(
        group_permissions__group=group_of(Role.CONSULTANT),
        group_permissions__permission__codename="add_image",
    )
    found = held.first() or below.filter(depth=2, name=CONSULTANTS_COLLECTION).first()
    return found or Collection.get_first_root_node().add_child(name=CONSULTANTS_COLLECTION)


def leader_rights() -> tuple[str, ...]:
    """Return what a leader may do with an own page; publishing only where the service's setting says so."""
    return (*OWN_PAGE, "publish_page") if settings.PROJECT_LEADERS_MAY_PUBLISH else OWN_PAGE


def _page_of_type(app_label: str, model: str) -> QuerySet[Page]:
    return Page.objects.filter(content_type__app_label=app_label, content_type__model=model)


def _remove_examples() -> None:
    """Take away the groups of Wagtail's first migration, unless somebody has been put in them."""
    Group.objects.filter(name__in=("Moderators", "Editors"), user__isnull=True).delete()


def _renew_leaders() -> None:
    from accounts.leaders import sync_page
    from accounts.models import ManagedAccess

    for access in ManagedAccess.objects.select_related("page"):
        sync_page(access.page)
