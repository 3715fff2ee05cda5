"""RSS, sitemap, robots.txt, redirects."""

from datetime import date
from xml.etree import ElementTree

import pytest
from django.test import Client

from core.models import ChapterPage
from tests.core.factories import make_article, make_guide
from tests.newsletters.factories import make_letter

pytestmark = pytest.mark.django_db


def test_the_news_feed_lists_published_articles_newest_first(site):
    make_article(title="Eldst", date=date(2026, 1, 1))
    make_article(title="Nyest", date=date(2026, 5, 1), lead="Kort fortalt.")
    make_article(title="Kladd", date=date(2026, 6, 1), live=False)
    answer = Client().get("/aktuelt/rss/")
    assert answer["Content-Type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(answer.content).findall("channel/item")
    assert [item.findtext("title") for item in items] == ["Nyest", "Eldst"]
    assert items[0].findtext("description") == "Kort fortalt."
    assert items[0].findtext("link").endswith("/aktuelt/nyest/")


def test_the_letter_feed_lists_letters_that_are_public_and_no_draft(site):
    sent = make_letter(title="Lederbrev 1", lead="Om avbrudd.", live=True)
    make_letter(sent.series, title="Hemmelig utkast", slug="utkast", number=4)
    answer = Client().get("/brev/rss/")
    assert answer["Content-Type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(answer.content).findall("channel/item")
    assert [item.findtext("title") for item in items] == ["Lederbrev 1"]
    assert items[0].findtext("description") == "Om avbrudd."
    assert items[0].findtext("link").endswith(sent.url)


def test_the_sitemap_names_public_pages_only(site):
    article = make_article(title="Synlig")
    make_article(title="Kladd", live=False)
    text = Client().get("/sitemap.xml").content.decode()
    assert article.url in text
    assert "/kladd/" not in text


def test_robots_are_told_where_the_sitemap_is(site):
    assert "Sitemap: http" in Client().get("/robots.txt").content.decode()


@pytest.mark.usefixtures("commits_at_once")
def test_the_old_address_of_a_moved_or_renamed_page_leads_to_the_new_one(site):
    article = make_article(title="Gammelt navn")
    old = article.url
    article.slug = "nytt-navn"
    article.save_revision().publish()
    answer = Client().get(old)
    assert answer.status_code == 301
    assert answer["Location"].endswith("/aktuelt/nytt-navn/")


@pytest.mark.usefixtures("commits_at_once")
def test_chapters_follow_a_moved_guide(site, home):
    from core.models import SectionPage
    from tests.core.factories import add_page

    guide = make_guide(chapters=1)
    chapter = guide.get_children().first()
    old = chapter.url
    section = add_page(home, SectionPage, title="For klinikere")
    guide.move(section, pos="last-child")
    answer = Client().get(old)
    assert answer.status_code == 301
    chapter = ChapterPage.objects.get()
    assert answer["Location"] == chapter.url
    assert chapter.url.startswith(section.url)


@pytest.mark.parametrize("query", ["tema=%00", "side=abc", "side=-1", "side=99999", "x=1"])
def test_odd_values_in_the_address_of_the_news_change_nothing(site, query):
    make_article(title="Ny rapport")
    answer = Client().get(f"/aktuelt/?{query}")
    assert answer.status_code == 200
    assert "Ny rapport" in answer.content.decode()


def test_news_about_a_topic_nobody_has_written_of_offer_the_way_back(site):
    make_article(title="Ny rapport")
    main = Client().get("/aktuelt/?tema=finnes-ikke").content.decode().split("<main")[1]
    assert "Ny rapport" not in main
    assert 'class="tp-empty"' in main
    assert 'href="/aktuelt/"' in main
