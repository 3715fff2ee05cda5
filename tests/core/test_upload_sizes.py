"""How big an uploaded document or film may be, and the sentence about one that is bigger."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import UploadedFile

from accounts.roles import Role
from core.models import Film, PortalDocument
from tests.accounts.factories import make_user
from tests.core.test_editors_bad_input import root

pytestmark = pytest.mark.django_db
TOO_BIG = "Denne fila er for stor (2,0\xa0KB). Maksimal filstørrelse er 1,0\xa0KB."


@pytest.fixture
def adviser(site, client, settings):
    """A client logged in as adviser, where files may hold a kilobyte."""
    settings.MFA_REQUIRED = False
    settings.WAGTAILDOCS_MAX_UPLOAD_SIZE = 1024
    client.force_login(make_user(Role.ADVISER), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _file(size: int, name: str = "notat.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"x" * size, "text/plain")


def _errors(response) -> str:
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(found.get_text(" ", strip=True) for found in soup.select(".error-message"))


def test_a_document_that_is_too_big_is_refused_in_words_and_what_was_written_is_kept(adviser):
    data = {"title": "Et langt notat", "collection": root(), "language": "nn", "file": _file(2048)}
    response = adviser.post(reverse("wagtaildocs:add"), data)
    assert response.status_code == 200
    assert TOO_BIG in _errors(response)
    assert 'value="Et langt notat"' in response.content.decode()
    assert not PortalDocument.objects.exists()
    assert adviser.post(reverse("wagtaildocs:add"), {**data, "file": _file(1024)}).status_code == 302
    assert PortalDocument.objects.get().language == "nn"


def test_of_several_documents_only_the_one_that_is_too_big_is_refused(adviser):
    def send(file):
        return adviser.post(
            reverse("wagtaildocs:add_multiple"),
            {"title": file.name, "files[]": file, "collection": root()},
            headers={"x-requested-with": "XMLHttpRequest"},
        ).json()

    answers = [send(file) for file in (_file(10, "a.txt"), _file(2048, "b.txt"), _file(10, "c.txt"))]
    assert [answer["success"] for answer in answers] == [True, False, True]
    assert answers[1]["error_message"] == TOO_BIG
    # The two wait for their language, which the next form asks for.
    waiting = UploadedFile.objects.order_by("pk")
    assert [one.file.name.rsplit("/")[-1][0] for one in waiting] == ["a", "c"]


def test_the_page_for_several_files_tells_browsers_the_limit(adviser):
    html = adviser.get(reverse("wagtaildocs:add_multiple")).content.decode()
    assert 'data-max-file-size="1024"' in html
    assert "1,0\xa0KB" in html


def test_a_stored_file_stays_when_the_one_that_should_replace_it_is_too_big(adviser):
    document = PortalDocument.objects.create(title="Notat", file=_file(10))
    data = {"title": "Ny tittel", "collection": root(), "language": "nb", "file": _file(2048)}
    response = adviser.post(reverse("wagtaildocs:edit", args=[document.pk]), data)
    assert TOO_BIG in _errors(response)
    document.refresh_from_db()
    assert document.title == "Notat"
    assert document.file.read() == b"x" * 10


def test_the_document_chooser_refuses_it_too(adviser):
    data = {"document-chooser-upload-title": "Notat", "document-chooser-upload-language": "nb"}
    data["document-chooser-upload-file"] = _file(2048)
    answer = adviser.post(reverse("wagtaildocs_chooser:create"), data).json()
    assert TOO_BIG in answer["htmlFragment"].replace("&nbsp;", "\xa0")
    assert not PortalDocument.objects.exists()


def test_a_film_keeps_to_the_same_size_and_a_stored_one_is_left_alone(adviser, settings):
    data = {"title": "Film", "captions": "burned_in", "audio_description": "integrated", "seconds": "0"}
    address = reverse("wagtailsnippets_core_film:add")
    response = adviser.post(address, {**data, "file": _file(2048, "film.mp4")})
    assert "Filmen er for stor (2,0\xa0KB). Største størrelse: 1,0\xa0KB." in _errors(response)
    assert not Film.objects.exists()
    adviser.post(address, {**data, "file": _file(1000, "film.mp4")})
    film = Film.objects.get()
    settings.WAGTAILDOCS_MAX_UPLOAD_SIZE = 100
    adviser.post(reverse("wagtailsnippets_core_film:edit", args=[film.pk]), {**data, "title": "Ny tittel"})
    film.refresh_from_db()
    assert film.title == "Ny tittel"
