"""Which uploaded files lie open."""

import pytest
from django.http import Http404
from django.test import RequestFactory

from core.views.media import serve_media


@pytest.fixture
def folder(tmp_path):
    """A picture and a document."""
    for name in ("images/kart.png", "documents/notat.pdf"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"innhold")
    return str(tmp_path)


def test_a_picture_is_served(folder):
    response = serve_media(RequestFactory().get("/media/images/kart.png"), "images/kart.png", folder)
    assert b"".join(response.streaming_content) == b"innhold"


@pytest.mark.parametrize(
    "path",
    ["documents/notat.pdf", "./documents/notat.pdf", "/documents/notat.pdf", "x/../documents/notat.pdf"],
)
def test_a_document_is_fetched_only_where_rights_are_checked(folder, path):
    with pytest.raises(Http404):
        serve_media(RequestFactory().get("/"), path, folder)
