"""What editors may send that is wrong, and the sentence they get."""

import json

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.models import Collection
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from accounts.roles import Role
from core.models import ArticlePage, PortalDocument, PortalImage, SectionPage, StandardPage
from core.slugs import RESERVED
from tests.accounts.factories import make_user
from tests.accounts.test_files import png, upload
from tests.core.factories import add_page, make_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def adviser(site, client, settings):
    """A client logged in as adviser."""
    settings.MFA_REQUIRED = False
    client.force_login(make_user(Role.ADVISER), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _text(response) -> str:
    return response.content.decode()


def _errors(response) -> str:
    """What the form says is wrong, and nothing else of the page: file names and help texts hold many a word."""
    soup = BeautifulSoup(response.content, "html.parser")
    return " ".join(
        found.get_text(" ", strip=True) for found in soup.select(".error-message, .w-field__errors")
    )


def root() -> int:
    """The common collection; beside others, a form asks for one."""
    return Collection.get_first_root_node().pk


@pytest.mark.parametrize(
    ("name", "content", "kind", "sentence"),
    [
        ("ødelagt.png", b"\x89PNG\r\n\x1a\nikke et bilde", "image/png", "Last opp et gyldig bilde."),
        ("skript.png", b"<script>alert(1)</script>", "image/png", "Ikke et gyldig .png bilde."),
        ("program.exe", b"MZ", "application/octet-stream", "Last opp et gyldig bilde."),
        ("tom.png", b"", "image/png", "Filen er tom."),
    ],
)
def test_a_broken_or_forbidden_picture_gets_a_norwegian_sentence(adviser, name, content, kind, sentence):
    data = {"title": "Bilde", "collection": root(), "file": upload(name, content, kind)}
    response = adviser.post(reverse("wagtailimages:add"), data)
    assert response.status_code == 200
    assert not PortalImage.objects.exists()
    assert sentence in _errors(response)


def test_an_oversized_picture_is_refused_with_the_size_that_is_allowed(adviser, settings):
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 1024
    big = png((400, 400)) + b"0" * 5000
    data = {"title": "Bilde", "collection": root(), "file": upload("bilde.png", big)}
    response = adviser.post(reverse("wagtailimages:add"), data)
    assert not PortalImage.objects.exists()
    assert "Denne fila er for stor (6,2\xa0KB). Maksimal filstørrelse er 1,0\xa0KB." in _errors(response)
    settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE = 1024 * 1024
    adviser.post(reverse("wagtailimages:add"), {**data, "file": upload("bilde.png", big)})
    assert PortalImage.objects.count() == 1


def test_several_files_at_once_are_judged_one_by_one(adviser):
    def send(file):
        return adviser.post(
            reverse("wagtailimages:add_multiple"),
            {"title": "x", "files[]": file, "collection": root()},
            headers={"x-requested-with": "XMLHttpRequest"},
        ).json()

    broken, good = send(upload("ødelagt.png", b"nei")), send(upload("bra.png"))
    assert (broken["success"], good["success"]) == (False, True)
    assert "Last opp et gyldig bilde." in broken["error_message"]
    assert PortalImage.objects.count() == 1


@pytest.mark.parametrize("name", ["skadelig.exe", "side.html", "skript.js", "tegning.svg", "makro.docm"])
def test_a_forbidden_document_type_is_refused(adviser, name):
    file = SimpleUploadedFile(name, b"innhold", "application/octet-stream")
    data = {"title": "Fil", "collection": root(), "file": file, "language": "nb"}
    response = adviser.post(reverse("wagtaildocs:add"), data)
    assert response.status_code == 200
    assert not PortalDocument.objects.exists()
    assert f'Filendelsen "{name.rsplit(".", 1)[1]}" er ikke tillatt.' in _errors(response)
    allowed = SimpleUploadedFile("notat.txt", b"innhold", "text/plain")
    adviser.post(reverse("wagtaildocs:add"), {**data, "file": allowed})
    assert PortalDocument.objects.count() == 1


def test_a_pdf_without_a_web_version_or_reason_is_refused(adviser):
    file = SimpleUploadedFile("notat.pdf", b"%PDF-1.7\n", "application/pdf")
    data = {"title": "Notat", "collection": root(), "file": file, "language": "nb"}
    response = adviser.post(reverse("wagtaildocs:add"), data)
    assert "En PDF må ha en nettversjon" in _text(response)
    assert not PortalDocument.objects.exists()


def test_an_svg_with_a_script_is_refused(adviser):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
    data = {"title": "Tegning", "collection": root(), "file": upload("t.svg", svg, "image/svg+xml")}
    adviser.post(reverse("wagtailimages:add"), data)
    assert not PortalImage.objects.exists()


WORD = (
    '<p class="MsoNormal" style="mso-margin-top-alt:auto;color:red"><o:p>Fra <b style="mso-bidi-font-weight:normal">'
    'Word</b></o:p></p><script>alert(1)</script><img src="x" onerror="alert(1)"><table><tr><td>celle</td></tr></table>'
    '<p><a href="javascript:alert(1)">lenke</a><span lang="NO-BOK" style="font-family:Arial">tekst</span></p>'
)


def test_what_is_pasted_from_word_keeps_its_words_and_loses_its_styles(adviser, site):
    """Draftail sends its own format; odd HTML inside it never becomes markup."""
    features = ["bold", "italic", "link", "document-link", "h3", "h4", "ul", "ol"]
    converter = ContentstateConverter(features=features)
    state = converter.from_database_format(WORD)
    stored = converter.to_database_format(state)
    assert "Word" in stored
    assert "tekst" in stored
    for forbidden in (
        "style=",
        "class=",
        "<o:p",
        "<script",
        "onerror",
        "<img",
        "javascript:",
        "<table",
        "mso-",
    ):
        assert forbidden not in stored
    assert json.loads(state)["blocks"]


def _form_of(page, body) -> dict:
    """What the editor of an article sends."""
    return nested_form_data(
        {
            "title": "Fra Word",
            "slug": page.slug,
            "date": "2026-11-01",
            "language": "nb",
            "body": body,
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": ""},
            "action-publish": "1",
        }
    )


def _published(adviser, page, body) -> str:
    """Publish the article with a body in the real editor; returns the body as readers get it."""
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = adviser.post(address, _form_of(page, body))
    assert response.status_code == 302, _errors(response)
    page = ArticlePage.objects.get(pk=page.pk)
    assert (page.title, page.live, page.has_unpublished_changes) == ("Fra Word", True, False)
    html = adviser.get(page.url).content.decode()
    return html[html.index('<div class="tp-prose tp-body">') : html.index("</main>")]


def test_html_from_word_reaches_readers_as_plain_text_with_its_words(adviser, site):
    body = streamfield([("text", rich_text(WORD, features=["bold", "link"]))])
    html = _published(adviser, make_article(), body)
    assert "<b>Word</b>" in html
    assert "lenke" in html
    assert "tekst" in html
    for forbidden in ("style=", "<script", "onerror", "javascript:", "mso-"):
        assert forbidden not in html


def test_what_is_forged_past_the_editor_becomes_neither_markup_nor_a_running_link(adviser, site):
    """A request made by hand: HTML as text, a style and a block no button makes, a link that would run a script."""
    state = {
        "blocks": [
            _block("Les <script>alert(1)</script> dette", styles=["FONT-FAMILY"]),
            _block("farlig lenke", entity=0),
            _block("trygg lenke", entity=1),
            _block("<i>rått</i>", kind="raw-html"),
        ],
        "entityMap": {
            "0": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "javascript:alert(1)"}},
            "1": {"type": "LINK", "mutability": "MUTABLE", "data": {"url": "https://example.no/"}},
        },
    }
    html = _published(adviser, make_article(), streamfield([("text", json.dumps(state))]))
    assert "Les &lt;script&gt;alert(1)&lt;/script&gt; dette" in html
    assert "farlig lenke" in html
    assert "rått" not in html
    assert '<a href="https://example.no/">trygg lenke</a>' in html
    assert "<script" not in html
    assert 'href="javascript:' not in html
    assert "FONT-FAMILY" not in html


def _block(text: str, *, styles=(), entity: int | None = None, kind: str = "unstyled") -> dict:
    """A paragraph in the editor's own format."""
    whole = {"offset": 0, "length": len(text)}
    return {
        "key": f"b{abs(hash(text)) % 10**6}",
        "text": text,
        "type": kind,
        "depth": 0,
        "inlineStyleRanges": [{**whole, "style": style} for style in styles],
        "entityRanges": [] if entity is None else [{**whole, "key": entity}],
    }


@pytest.mark.parametrize("slug", ["admin", "konto", "sok", "l", "min-side", "Min-Side", "ADMIN"])
def test_a_page_under_the_front_page_cannot_take_an_address_of_the_portals_own(adviser, home, slug):
    address = reverse("wagtailadmin_pages:add", args=["core", "standardpage", home.pk])
    data = {"title": "Om oss", "slug": slug, "language": "nb", "body-count": "0", "comments-TOTAL_FORMS": "0"}
    data |= {"comments-INITIAL_FORMS": "0", "action-publish": "1"}
    response = adviser.post(address, data)
    assert response.status_code == 200
    assert "brukes av portalen selv" in _errors(response)
    assert not StandardPage.objects.filter(slug__iexact=slug).exists()
    adviser.post(address, {**data, "slug": "om-oss"})
    assert StandardPage.objects.filter(slug="om-oss").exists()


def test_moving_and_copying_cannot_take_such_an_address_either(adviser, home):
    section = add_page(home, SectionPage, title="For klinikere")
    page = add_page(section, StandardPage, title="Admin", slug="admin")
    adviser.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, home.pk]))
    page.refresh_from_db()
    assert page.get_parent().pk == section.pk
    data = {"new_title": "Admin", "new_slug": "admin", "new_parent_page": home.pk}
    adviser.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), data)
    assert StandardPage.objects.filter(slug="admin").count() == 1


def test_every_address_of_the_code_is_reserved(home):
    from django.urls import URLPattern, URLResolver, get_resolver

    first = set()
    for pattern in get_resolver().url_patterns:
        stack = [pattern] if str(pattern.pattern) else pattern.url_patterns
        for found in stack:
            assert isinstance(found, URLPattern | URLResolver)
            first.add(str(found.pattern).lstrip("^").split("/")[0])
    words = {word for word in first if word and word.replace("-", "").replace(".", "").isalnum()}
    files = {word for word in words if "." in word and not word.startswith(".")}
    # An index page and the code share the first word: the page answers, and the code below it.
    pages = set(home.get_children().values_list("slug", flat=True))
    assert words - files - pages - RESERVED == set()


def test_a_form_posted_twice_makes_one_page(adviser, home):
    address = reverse("wagtailadmin_pages:add", args=["core", "standardpage", home.pk])
    data = {
        "title": "Om oss",
        "slug": "om-oss",
        "language": "nb",
        "body-count": "0",
        "comments-TOTAL_FORMS": "0",
    }
    data |= {"comments-INITIAL_FORMS": "0"}
    adviser.post(address, data)
    adviser.post(address, data)
    assert StandardPage.objects.filter(title="Om oss").count() == 1
