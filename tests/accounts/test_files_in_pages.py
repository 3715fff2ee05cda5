"""Which pictures and documents an editor may put in a page.

The decision: choosing is held to what the chooser offers. A leader puts in what lies in the own project's collection;
what an adviser has put in the leader's page stays there when the leader saves. Numbers posted past the chooser are
refused, in fields, in text and in blocks, without showing what they stand for.
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import Collection
from wagtail.test.utils.form_data import nested_form_data, streamfield

from core.models import PortalDocument, PortalImage, StandardPage
from projects.models import ProjectPage
from tests.accounts.factories import collection_of
from tests.accounts.test_access import edit, form_of, is_refused
from tests.accounts.test_files import upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(own, foreign) -> dict[str, tuple[PortalImage, PortalDocument]]:
    """A picture and a document of the own project, of another one, and of the service."""
    places = {
        "own": collection_of(own),
        "foreign": collection_of(foreign),
        "common": Collection.get_first_root_node(),
    }
    return {name: (_picture(place), _document(place)) for name, place in places.items()}


def _picture(place: Collection) -> PortalImage:
    return PortalImage.objects.create(
        title="Hemmelig bilde", file=upload(), collection=place, width=40, height=30
    )


def _document(place: Collection) -> PortalDocument:
    file = SimpleUploadedFile("notat.txt", b"notat", "text/plain")
    return PortalDocument.objects.create(title="Hemmelig notat", file=file, collection=place)


def _link_to(document: PortalDocument) -> str:
    """A text with a link to a document, as the editor sends it."""
    text = "Les notatet"
    return json.dumps(
        {
            "blocks": [
                {
                    "key": "a1b2c",
                    "text": text,
                    "type": "unstyled",
                    "depth": 0,
                    "inlineStyleRanges": [],
                    "entityRanges": [{"offset": 0, "length": len(text), "key": 0}],
                }
            ],
            "entityMap": {"0": {"type": "DOCUMENT", "mutability": "MUTABLE", "data": {"id": document.pk}}},
        }
    )


def _ways(picture: PortalImage, document: PortalDocument) -> dict[str, dict]:
    """The places of a page that hold files, each as what the editor would post."""
    body = {
        "picture block": ("picture", {"image": picture.pk, "alt": "Et bilde", "caption": ""}),
        "link in text": ("text", _link_to(document)),
    }
    posted = {"field": {"picture": picture.pk}}
    for name, block in body.items():
        posted[name] = nested_form_data({"body": streamfield([block])})
    return posted


def _save(client, page, data: dict):
    return client.post(edit(page), {**form_of(client, page), **data})


def _latest(page) -> ProjectPage:
    return ProjectPage.objects.get(pk=page.pk).get_latest_revision_as_object()


@pytest.mark.parametrize("way", ["field", "picture block", "link in text"])
@pytest.mark.parametrize("whose", ["foreign", "common"])
def test_a_leader_puts_no_file_of_others_in_the_own_page(log_in, own, files, way, whose):
    client = log_in("project_leader")
    answer = _save(client, own, _ways(*files[whose])[way])
    assert is_refused(answer)
    saved = _latest(own)
    assert saved.picture is None
    assert len(saved.body) == 0


@pytest.mark.parametrize("way", ["field", "picture block", "link in text"])
def test_a_leader_puts_own_files_in_the_own_page(log_in, own, files, way):
    picture, document = files["own"]
    answer = _save(log_in("project_leader"), own, _ways(picture, document)[way])
    assert answer.status_code == 302
    saved = _latest(own)
    assert saved.picture == picture or len(saved.body) == 1


def test_what_an_adviser_has_put_in_stays_when_the_leader_saves(log_in, own, files):
    picture = files["common"][0]
    adviser, leader = log_in("adviser"), log_in("project_leader")
    blocks = _ways(*files["common"])["picture block"]
    assert _save(adviser, own, {**blocks, "picture": picture.pk}).status_code == 302
    block_id = _latest(own).body[0].id
    data = {**blocks, "picture": picture.pk, "body-0-id": block_id, "title": "Ny tittel"}
    assert _save(leader, own, data).status_code == 302
    saved = _latest(own)
    assert (saved.title, saved.picture, len(saved.body)) == ("Ny tittel", picture, 1)


def test_the_preview_shows_no_file_of_others_either(log_in, own, files):
    client = log_in("project_leader")
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[own.pk])
    data = {**form_of(client, own), "picture": files["foreign"][0].pk}
    assert is_refused(client.post(address, data))
    assert "Hemmelig" not in client.get(address).content.decode()


def test_a_new_page_under_the_own_project_is_held_to_the_same(log_in, own, files):
    client = log_in("project_leader")
    address = reverse("wagtailadmin_pages:add", args=["core", "standardpage", own.pk])
    data = {"title": "Om prosjektet", "slug": "om", "language": "nb", "body-count": "0"}
    data |= {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    assert is_refused(client.post(address, {**data, "picture": files["foreign"][0].pk}))
    assert not StandardPage.objects.filter(slug="om").exists()
    assert client.post(address, {**data, "picture": files["own"][0].pk}).status_code == 302
    assert StandardPage.objects.get(slug="om").picture == files["own"][0]


def test_those_who_may_choose_everything_put_in_everything(log_in, own, files):
    for whose in files:
        picture = files[whose][0]
        assert _save(log_in("adviser"), own, {"picture": picture.pk}).status_code == 302
        assert _latest(own).picture == picture
