"""Pictures and documents of led pages: each leader has the own collection and no other."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as Pixels
from wagtail.models import Collection

from core.models import PortalDocument, PortalImage
from tests.accounts.factories import collection_of
from tests.accounts.test_access import is_refused

pytestmark = pytest.mark.django_db


def png(size=(40, 30)) -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Pixels.new("RGB", size, "navy").save(out, "PNG")
    return out.getvalue()


def upload(name="bilde.png", content: bytes | None = None, kind="image/png") -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, png() if content is None else content, kind)


@pytest.fixture
def pictures(own, foreign):
    """One picture in each project's collection and one of the service."""
    places = {
        "own": collection_of(own),
        "foreign": collection_of(foreign),
        "common": Collection.get_first_root_node(),
    }
    return {
        name: PortalImage.objects.create(
            title=f"Bilde {name}", file=upload(f"{name}.png"), collection=place, width=40, height=30
        )
        for name, place in places.items()
    }


def test_the_picture_list_and_chooser_show_a_leader_only_own_pictures(log_in, pictures):
    client = log_in("project_leader")
    for address in (
        reverse("wagtailimages:index"),
        reverse("wagtailimages_chooser:choose"),
        reverse("wagtailimages_chooser:choose_results") + "?q=Bilde",
    ):
        shown = client.get(address).content.decode()
        assert "Bilde own" in shown
        assert "Bilde foreign" not in shown, address
        assert "Bilde common" not in shown, address


@pytest.mark.parametrize("whose", ["foreign", "common"])
def test_a_leader_neither_opens_changes_nor_deletes_others_pictures(log_in, pictures, whose):
    client = log_in("project_leader")
    picture = pictures[whose]
    for name in ("edit", "delete"):
        address = reverse(f"wagtailimages:{name}", args=[picture.pk])
        assert is_refused(client.get(address)) or _to_list(client.get(address))
        response = client.post(address, {"title": "Endret", "collection": picture.collection_id})
        assert is_refused(response) or _to_list(response)
    picture.refresh_from_db()
    assert picture.title == f"Bilde {whose}"
    assert is_refused(client.get(reverse("wagtailimages_chooser:chosen", args=[picture.pk])))


def test_a_leader_uploads_to_the_own_collection_only(log_in, own, foreign):
    client = log_in("project_leader")
    address = reverse("wagtailimages_chooser:create")
    data = {"image-chooser-upload-title": "Nytt", "image-chooser-upload-file": upload()}
    client.post(address, {**data, "image-chooser-upload-collection": collection_of(foreign).pk})
    # A leader of one project is not asked where to put the picture, and cannot answer either.
    assert PortalImage.objects.get(title="Nytt").collection == collection_of(own)
    client.post(
        reverse("wagtailimages:add_multiple"),
        {"title": "Flere", "files[]": upload(), "collection": collection_of(foreign).pk},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert not PortalImage.objects.filter(collection=collection_of(foreign)).exists()


def test_documents_follow_the_same_rules(log_in, own, foreign):
    def document(title, page):
        file = SimpleUploadedFile(f"{title}.txt", b"tekst", "text/plain")
        return PortalDocument.objects.create(title=title, file=file, collection=collection_of(page))

    mine, theirs = document("Eget notat", own), document("Fremmed notat", foreign)
    client = log_in("project_leader")
    for address in (reverse("wagtaildocs:index"), reverse("wagtaildocs_chooser:choose")):
        shown = client.get(address).content.decode()
        assert "Eget notat" in shown
        assert "Fremmed notat" not in shown
    assert client.get(reverse("wagtaildocs:edit", args=[mine.pk])).status_code == 200
    response = client.post(reverse("wagtaildocs:edit", args=[theirs.pk]), {"title": "Endret"})
    assert is_refused(response) or _to_list(response)
    theirs.refresh_from_db()
    assert theirs.title == "Fremmed notat"


def _to_list(response) -> bool:
    """Wagtail's way of refusing single files: back to the admin with a message."""
    return response.status_code == 302
