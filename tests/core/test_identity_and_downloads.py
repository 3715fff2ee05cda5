"""Colours that cannot be read are refused; downloads are counted, robots left out."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client

from core.models import DocumentDownloadCount, PortalDocument, ServiceSettings

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


def test_an_accent_colour_that_white_text_cannot_be_read_on_is_refused_in_words(site):
    settings = ServiceSettings.for_site(site)
    settings.accent_colour = "#81A9E1"
    with pytest.raises(ValidationError) as refusal:
        settings.full_clean()
    assert "2,4" in refusal.value.message_dict["accent_colour"][0]
    settings.accent_colour = "#003087"
    settings.full_clean()


@pytest.mark.parametrize("name", ["tall.csv", "notat.txt", "film.vtt", "plan.ics", "rapport.docx", "alt.zip"])
def test_a_document_is_saved_and_never_run(site, name):
    """What a browser cannot show it saves; PDFs, which it shows, stand in tests/gates/test_security_headers.py."""
    content = b"<script>alert(1)</script>"
    document = PortalDocument(title="Fil", file=ContentFile(content, name=name))
    document.save()
    answer = Client(HTTP_USER_AGENT=BROWSER).get(document.url)
    assert b"".join(answer.streaming_content) == content
    assert answer["Content-Disposition"] == f'attachment; filename="{document.filename}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert not answer["Content-Type"].startswith(("text/html", "image/svg"))


def test_a_reader_s_download_is_counted_and_a_robot_s_is_not(site):
    document = PortalDocument(title="Sjekkliste", file=ContentFile(b"innhold", name="sjekkliste.txt"))
    document.save()
    for agent in (BROWSER, BROWSER, "Googlebot/2.1"):
        answer = Client(HTTP_USER_AGENT=agent).get(document.url)
        assert answer.status_code == 200
        assert not answer.cookies
    assert DocumentDownloadCount.objects.get(document=document).downloads == 2
