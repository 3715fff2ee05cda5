"""The public pages as HTML: menu, breadcrumbs, notes, anchors, structured data, no inline style or script."""

import json
import re
from datetime import date, datetime

import pytest
from django.test import Client
from wagtail.models import Page

from core.models import HomePage, ServiceSettings, StandardPage
from tests.conftest import SITE_NAME
from tests.core.factories import add_page, make_article, make_guide, make_topic
from tests.structured import structured_data

# Ready pages are forgotten at commit; within a test's transaction that must happen at once.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits_at_once")]


def html_of(client: Client, page: Page) -> str:
    response = client.get(page.url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_menu_shows_two_levels_and_marks_where_the_reader_is(client, home):
    topic = make_topic(title="Pårørende", slug="parorende", show_in_menus=True)
    html = html_of(client, topic)
    assert f'<a class="tp-menu__top" href="/tema/" aria-current="true">{topic.get_parent().title}</a>' in html
    assert '<a class="tp-menu__sub" href="/tema/parorende/" aria-current="page">Pårørende</a>' in html


def test_a_page_outside_the_menu_is_not_in_it(client, home):
    make_topic(title="Skjult for menyen")
    assert 'tp-menu__sub" href="/tema/skjult' not in html_of(client, home)


def test_breadcrumbs_lead_from_the_front_page_to_the_page(client, home):
    article = make_article(title="Ny rapport")
    html = html_of(client, article)
    trail = html[html.index("tp-breadcrumbs") : html.index("</nav>", html.index("tp-breadcrumbs"))]
    assert re.findall(r'href="([^"]+)"', trail) == ["/", "/aktuelt/"]
    assert '<span aria-current="page">Ny rapport</span>' in trail


def test_the_front_page_has_no_breadcrumbs(client, home):
    assert "tp-breadcrumbs" not in html_of(client, home)


def test_a_page_in_nynorsk_has_its_language_and_its_menu_in_nynorsk(client, home):
    html = html_of(client, make_article(title="Nytt frå nettverka", language="nn"))
    assert '<html lang="nn"' in html
    assert "Hopp til hovudinnhaldet" in html


def test_around_a_page_in_another_language_the_menu_says_its_own(client, home):
    html = html_of(client, make_article(title="About us", language="en"))
    assert '<html lang="en"' in html
    assert '<header class="tp-header" lang="nb">' in html


def test_structured_data_is_valid_json_and_cannot_close_its_block(client, home):
    article = make_article(title="Rus </script><script>alert(1)</script>", lead="Kort & klart")
    html = html_of(client, article)
    data = structured_data(html)
    assert (data["@type"], data["name"], data["description"]) == ("NewsArticle", article.title, article.lead)
    assert "<script>alert" not in html


def test_an_article_tells_search_engines_the_date_that_readers_see(client, home):
    article = make_article(date=date(2026, 5, 17))
    data = structured_data(html_of(client, article))
    assert data["datePublished"] == "2026-05-17"
    assert data["headline"] == article.title
    assert data["author"]["name"] == data["publisher"]["name"] == SITE_NAME


def test_a_guide_is_a_medical_page_with_the_date_of_its_last_review(client, home):
    guide = make_guide(lead="Om avbrudd.", last_reviewed=date(2026, 3, 1))
    for page in (guide, guide.get_children().first().specific):
        data = structured_data(html_of(client, page))
        assert (data["@type"], data["headline"]) == ("MedicalWebPage", page.title)
        assert (data["url"], data["inLanguage"]) == (page.full_url, "nb")
        assert data["publisher"]["name"] == SITE_NAME
        assert datetime.fromisoformat(data["dateModified"]) == page.last_published_at
        assert data.get("lastReviewed") == ("2026-03-01" if page.pk == guide.pk else None)


def test_no_page_has_inline_style_or_running_inline_script(client, home):
    for page in (home, make_article(), make_guide(), make_topic()):
        html = html_of(client, page)
        assert " style=" not in html
        assert "<style" not in html
        assert not re.findall(r"<script(?![^>]*(?:src=|ld\+json))", html)
        assert not re.findall(r"\son\w+=", html)


def test_footnotes_link_to_their_note_and_back(client, home):
    guide = make_guide(chapters=1)
    chapter = guide.get_children().first().specific
    chapter.body = json.dumps(
        [{"type": "text", "value": "<p>Plikten gjelder.[^1] Også her.[^1] Ukjent.[^7]</p>"}]
    )
    chapter.footnotes = json.dumps([{"type": "note", "value": "<p>Loven § 3-1.</p>"}])
    chapter.save_revision().publish()
    html = html_of(client, chapter)
    assert html.count('href="#fn-1"') == 2
    assert html.count('id="fnref-1"') == 1
    assert 'id="fn-1"' in html
    assert 'href="#fnref-1"' in html
    assert "[^7]" in html


def test_the_guide_on_one_page_holds_every_chapter_once_with_unique_ids(client, home):
    guide = make_guide(chapters=2)
    for chapter in guide.get_children().specific():
        chapter.body = json.dumps([{"type": "heading", "value": {"text": "Kort oppsummert", "level": "2"}}])
        chapter.save_revision().publish()
    html = client.get(f"{guide.url}?utskrift=1").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "kort-oppsummert" in ids
    assert "kort-oppsummert-2" in ids
    assert '<h3 id="kort-oppsummert">' in html
    assert 'content="noindex"' in html


def test_chapters_have_previous_and_next_and_a_contents_list(client, home):
    guide = make_guide(chapters=3)
    second = guide.get_children()[1]
    html = html_of(client, second)
    assert 'rel="prev"' in html
    assert 'rel="next"' in html
    assert html.count('href="/veiledere/') >= 5
    assert f'<a href="{second.url}" aria-current="page">' in html


def test_a_standard_page_says_who_answers_for_it_and_asks_for_feedback(client, home):
    page = add_page(home, StandardPage, title="Slik arbeider vi")
    html = html_of(client, page)
    assert f'href="/tilbakemelding/{page.pk}/?svar=ja"' in html
    assert "Publisert:" in html


def test_the_chosen_theme_and_own_colour_are_linked(client, site, home):
    ServiceSettings.objects.update_or_create(
        site=site, defaults={"theme": "plum", "accent_colour": "#7a1f3d"}
    )
    html = html_of(client, home)
    assert "build/theme-plum" in html
    assert "/tema.css?v=7a1f3d" in html
    response = client.get("/tema.css?v=7a1f3d")
    assert response["Content-Type"].startswith("text/css")
    assert "immutable" in response["Cache-Control"]
    assert "--ds-color-primary-base-default:#7a1f3d" in response.content.decode()


def test_an_unknown_address_helps_the_reader_on(client, home):
    response = client.get("/finnes-ikke/")
    html = response.content.decode()
    assert response.status_code == 404
    assert 'role="search"' in html
    assert 'href="/aktuelt/"' in html


@pytest.mark.parametrize("children", [1, 20])
def test_a_list_costs_the_same_however_long_it_is(client, home, children, django_assert_max_num_queries):
    for number in range(children):
        make_article(title=f"Sak {number}", slug=f"sak-{number}")
    client.get("/aktuelt/")
    with django_assert_max_num_queries(15):
        client.get("/aktuelt/?side=1")


def test_the_front_page_shows_what_its_blocks_fetch(client, home):
    make_article(title="Siste nytt", lead="Noe har skjedd")
    page = HomePage.objects.get()
    page.body = json.dumps(
        [
            {"type": "latest", "value": {"title": "Aktuelt", "kind": "articles", "count": 3}},
            {"type": "latest", "value": {"title": "Arrangementer", "kind": "events", "count": 3}},
        ]
    )
    page.save_revision().publish()
    html = html_of(client, page)
    assert "Siste nytt" in html
    assert "Alle nyheter" in html
    # Nothing comes up, so nothing is announced.
    assert "Alle arrangementer" not in html
