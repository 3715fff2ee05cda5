"""Leaders of projects and networks: rights follow the person, no group has to be clicked together.

For each led page the portal keeps one group and one collection of files (`ManagedAccess`). `sync_page` brings them in
step with the table of leaders; signals call it whenever a leader or a page changes.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, Page

from accounts.models import ManagedAccess, User
from accounts.roles import DOCUMENTS, FILES, grant_collection, grant_page, leader_rights

# Page types that have leaders, by name because their apps stand to the right of this one.
LED_TYPES = ("projects.ProjectPage", "networks.NetworkPage")
LONGEST_NAME = 150


def can_be_led(page: Page) -> bool:
    """Whether leaders may be named for this page."""
    led = {label.lower() for label in LED_TYPES}
    return page.content_type_id is not None and page.specific_class._meta.label_lower in led


@transaction.atomic
def sync_page(page: Page) -> ManagedAccess | None:
    """Bring the group and the collection of a led page in step with its leaders; None where it never had any."""
    leaders = User.objects.filter(led_pages__page_id=page.pk)
    access = ManagedAccess.objects.filter(page_id=page.pk).select_related("group", "collection").first()
    if access is None:
        if not leaders.exists():
            return None
        access = _create(page)
    _rename(access, page)
    access.group.permissions.set([_admin_access()])
    grant_page(access.group, page, leader_rights())
    GroupCollectionPermission.objects.filter(group=access.group).exclude(
        collection=access.collection
    ).delete()
    grant_collection(access.group, access.collection, (*FILES, *DOCUMENTS))
    access.group.user_set.set(leaders)
    return access


def follow_title(page: Page) -> None:
    """Give group and collection the page's new title (1 query where nothing changed)."""
    access = ManagedAccess.objects.filter(page_id=page.pk).select_related("group", "collection").first()
    if access:
        _rename(access, page)


def clear_away(access: ManagedAccess) -> None:
    """Remove what was kept for a page that is gone; a collection that still holds files stays for the editors."""
    Group.objects.filter(pk=access.group_id).delete()
    collection = Collection.objects.filter(pk=access.collection_id).first()
    if collection and not _holds_files(collection):
        collection.delete()


def _create(page: Page) -> ManagedAccess:
    group = Group.objects.create(name=_group_name(page))
    collection = Collection.get_first_root_node().add_child(name=page.title[:255])
    return ManagedAccess.objects.create(page_id=page.pk, group=group, collection=collection)


def _group_name(page: Page) -> str:
    ending = f" (side {page.pk})"  # two pages may have the same title
    return f"Ledere: {page.title}"[: LONGEST_NAME - len(ending)] + ending


def _rename(access: ManagedAccess, page: Page) -> None:
    name = _group_name(page)
    if access.group.name != name:
        access.group.name = name
        access.group.save(update_fields=["name"])
    if access.collection.name != page.title[:255]:
        access.collection.name = page.title[:255]
        access.collection.save(update_fields=["name"])


def _admin_access() -> Permission:
    return Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")


def _holds_files(collection: Collection) -> bool:
    from core.models import PortalDocument, PortalImage

    return (
        PortalImage.objects.filter(collection=collection).exists()
        or PortalDocument.objects.filter(collection=collection).exists()
        or collection.numchild > 0
    )
