"""The link check: inside by the database, outside only where allowed and never into the network."""

import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from core import links_check, outside
from core.models import BrokenLink
from tests.core.factories import make_article, make_topic


def _article(html: str, **fields):
    return make_article(body=[("text", html)], **fields)


def _problems(page) -> set[str]:
    return {url for url, _problem in links_check.problems_of(Page.objects.get(pk=page.pk).specific)}


@pytest.mark.django_db
def test_links_inside_are_resolved_without_the_network(site, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: pytest.fail("asked the network"))
    topic = make_topic()
    draft = make_topic(title="Utkast", live=False)
    Redirect.add_redirect("/gammel/", topic)
    page = _article(
        f'<p><a linktype="page" id="{topic.pk}">a</a><a linktype="page" id="{draft.pk}">b</a>'
        '<a linktype="page" id="999999">c</a><a linktype="document" id="999999">d</a>'
        '<a href="/tema/akutte-tjenester/">e</a><a href="/finnes-ikke/">f</a><a href="/gammel/">g</a>'
        '<a href="/konto/login/">h</a><a href="#fn-1">i</a><a href="mailto:a@example.no">j</a>'
        '<a href="https://example.org/borte">k</a></p>'
    )
    assert _problems(page) == {f"page:{draft.pk}", "page:999999", "document:999999", "/finnes-ikke/"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["årsrapport", "%C3%A5rsrapport"])
def test_letters_beyond_ascii_are_found_with_and_without_per_cent_codes(site, name):
    make_article(slug="årsrapport")
    page = _article(f'<p><a href="/aktuelt/{name}/">a</a><a href="/aktuelt/{name}-2/">b</a></p>', slug="sak")
    assert _problems(page) == {f"/aktuelt/{name}-2/"}


@pytest.mark.django_db
def test_a_mended_link_leaves_the_list_and_a_broken_one_keeps_its_first_day(site):
    page = _article('<p><a href="/finnes-ikke/">a</a></p>')
    assert links_check.check_pages([page]) == 1
    first = BrokenLink.objects.get()
    assert links_check.check_pages([page]) == 1
    assert BrokenLink.objects.get().first_seen == first.first_seen
    page.body = [("text", "<p>Ingen lenker</p>")]
    page.save_revision().publish()
    assert links_check.check_pages([page]) == 0
    assert not BrokenLink.objects.exists()


@pytest.mark.django_db
def test_outside_links_are_asked_only_where_the_service_allows_it(site, settings, monkeypatch):
    asked = []
    monkeypatch.setattr(links_check, "problem_of", lambda url: asked.append(url) or "404")
    page = _article('<p><a href="https://example.org/borte">a</a></p>')
    settings.LINK_CHECK_EXTERNAL = False
    assert _problems(page) == set()
    settings.LINK_CHECK_EXTERNAL = True
    assert _problems(page) == {"https://example.org/borte"}
    assert asked == ["https://example.org/borte"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
    ],
)
def test_no_address_inside_a_network_is_asked(url, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("connected"))
    assert outside.problem_of(url) == "private"


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "file:///etc/passwd", "http://a:b@example.org/", "http://"]
)
def test_other_kinds_of_address_are_refused(url):
    assert outside.problem_of(url) == "address"


class _Site(BaseHTTPRequestHandler):
    asked: list[str] = []

    def _answer(self) -> None:
        type(self).asked.append(f"{self.command} {self.path}")
        status = {"/borte": 404, "/bare-get": 200 if self.command == "GET" else 405}.get(self.path, 200)
        target = {"/videre": "/her", "/inn": "http://10.0.0.1/", "/ring": "/ring"}.get(self.path)
        self.send_response(302 if target else status)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = _answer

    def log_message(self, *args) -> None:
        """Say nothing."""


@pytest.fixture
def web_site(monkeypatch):
    """A web site at the name "ute.example", played by a server on this machine."""
    _Site.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    real = outside.public_address

    def known(host, port):
        return "127.0.0.1" if host == "ute.example" else real(host, port)

    monkeypatch.setattr(outside, "public_address", known)
    yield f"http://ute.example:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/her", ""),
        ("/borte", "404"),
        ("/bare-get", ""),
        ("/videre", ""),
        ("/ring", "redirects"),
        ("/inn", "private"),
    ],
)
def test_answers_and_redirects_are_understood(web_site, path, problem):
    assert outside.problem_of(web_site + path) == problem


def test_a_plain_question_comes_before_a_whole_page(web_site):
    outside.problem_of(web_site + "/bare-get")
    assert _Site.asked == ["HEAD /bare-get", "GET /bare-get"]
