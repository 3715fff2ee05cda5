"""Pictures and documents of the administration consultant: uses all of them, changes those of the events."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import Collection, GroupCollectionPermission

from accounts.roles import Role, ensure_roles, group_of
from core.models import PortalDocument, PortalImage
from tests.accounts.factories import collection_of
from tests.accounts.test_access import is_refused
from tests.accounts.test_files import _to_list, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def events_collection(people) -> Collection:
    """The consultants' own collection."""
    return Collection.objects.get(name="Arrangementer")


def _picture(title: str, place: Collection) -> PortalImage:
    return PortalImage.objects.create(title=title, file=upload(), collection=place, width=40, height=30)


def _document(title: str, place: Collection) -> PortalDocument:
    file = SimpleUploadedFile("notat.txt", b"notat", "text/plain")
    return PortalDocument.objects.create(title=title, file=file, collection=place)


@pytest.mark.parametrize("whose", ["project", "service"])
@pytest.mark.parametrize("view", ["edit", "delete"])
@pytest.mark.parametrize(("app", "make"), [("wagtailimages", _picture), ("wagtaildocs", _document)])
def test_a_consultant_neither_opens_nor_changes_nor_deletes_others_files(
    log_in, foreign, events_collection, app, make, view, whose
):
    file = make("Fremmed", collection_of(foreign) if whose == "project" else Collection.get_first_root_node())
    client = log_in("consultant")
    address = reverse(f"{app}:{view}", args=[file.pk])
    for answer in (
        client.get(address),
        client.post(address, {"title": "Endret", "collection": events_collection.pk}),
    ):
        assert is_refused(answer) or _to_list(answer)
    file.refresh_from_db()
    assert file.title == "Fremmed"
    assert file.collection != events_collection


def test_a_consultant_chooses_any_picture(log_in, foreign):
    picture = _picture("Fremmed", collection_of(foreign))
    client = log_in("consultant")
    assert "Fremmed" in client.get(reverse("wagtailimages_chooser:choose")).content.decode()
    assert client.get(reverse("wagtailimages_chooser:chosen", args=[picture.pk])).status_code == 200


def test_a_consultant_adds_and_changes_pictures_of_the_events_only(log_in, foreign, events_collection):
    client = log_in("consultant")
    data = {"image-chooser-upload-title": "Nytt", "image-chooser-upload-file": upload()}
    data["image-chooser-upload-collection"] = collection_of(foreign).pk
    client.post(reverse("wagtailimages_chooser:create"), data)
    assert PortalImage.objects.get(title="Nytt").collection == events_collection
    colleagues = _picture("Kollegas", events_collection)
    address = reverse("wagtailimages:edit", args=[colleagues.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"title": "Endret", "collection": events_collection.pk})
    colleagues.refresh_from_db()
    assert colleagues.title == "Endret"


def test_the_collection_is_made_once_though_renamed_and_a_projects_is_not_taken(events_collection, own):
    foreign_one = collection_of(own)
    Collection.objects.filter(pk=foreign_one.pk).update(name="Arrangementer")
    Collection.objects.filter(pk=events_collection.pk).update(name="Kurs og samlinger")
    number = Collection.objects.count()
    ensure_roles()
    assert Collection.objects.count() == number
    GroupCollectionPermission.objects.filter(group=group_of(Role.CONSULTANT)).delete()
    ensure_roles()
    held = GroupCollectionPermission.objects.filter(group=group_of(Role.CONSULTANT))
    assert not held.filter(collection=foreign_one).exists()


def test_rights_of_earlier_releases_on_all_files_are_taken_back(site):
    from accounts.roles import DOCUMENTS, FILES, grant_collection

    root = Collection.get_first_root_node()
    grant_collection(group_of(Role.CONSULTANT), root, (*FILES, *DOCUMENTS))
    ensure_roles()
    held = GroupCollectionPermission.objects.filter(group=group_of(Role.CONSULTANT), collection=root)
    assert set(held.values_list("permission__codename", flat=True)) == {"choose_image", "choose_document"}
