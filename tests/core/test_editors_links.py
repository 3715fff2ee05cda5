"""The link check: inside by the database, outside only where allowed and never into the network."""

import socket

import pytest
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from core import links_check
from core.models import BrokenLink
from tests.core.factories import make_article, make_topic
from tests.newsletters.web_server import running_web_server


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
    monkeypatch.setattr(links_check, "problem_of", lambda url, **options: asked.append(url) or "404")
    page = _article('<p><a href="https://example.org/borte">a</a></p>')
    settings.LINK_CHECK_EXTERNAL = False
    assert _problems(page) == set()
    settings.LINK_CHECK_EXTERNAL = True
    assert _problems(page) == {"https://example.org/borte"}
    assert asked == ["https://example.org/borte"]


@pytest.mark.django_db
def test_a_page_that_lets_no_machine_in_is_no_broken_link(site, settings):
    settings.LINK_CHECK_EXTERNAL, settings.LINK_CHECK_ALLOWED = True, frozenset({"127.0.0.1"})
    with running_web_server() as web:
        web.answers = {"/stengt": 403, "/for-mange": 429, "/borte": 404}
        page = _article("".join(f'<p><a href="{web.address}{path}">a</a></p>' for path in web.answers))
        assert _problems(page) == {f"{web.address}/borte"}
