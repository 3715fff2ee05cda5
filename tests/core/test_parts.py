"""Header, footer, cards and settings are kept between requests, and renewed as soon as anything is published."""

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.test import Client
from wagtail.models import PageViewRestriction

from core.models import ServiceSettings
from core.page_store import page_store
from core.parts import kept, reading
from core.site_pages import site_pages
from tests.core.factories import make_article

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits_at_once")]


@pytest.fixture(autouse=True)
def _real_memory(settings):
    settings.PAGE_CACHE_SECONDS = 0
    settings.PARTS_SECONDS = 3600
    settings.CACHES = {
        **settings.CACHES,
        "parts": {"BACKEND": "core.caches.PlainMemory", "LOCATION": "parts-under-test"},
    }
    caches["parts"].clear()
    page_store().start_generation()


def read(url: str) -> str:
    return Client().get(url).content.decode()


def test_a_second_page_asks_fewer_questions_than_the_first(site, django_assert_max_num_queries):
    article = make_article()
    first = read(article.url)
    with django_assert_max_num_queries(6):
        second = read(article.url)
    assert second == first


def test_a_changed_setting_is_seen_at_once_in_header_and_footer(site):
    read("/")
    settings = ServiceSettings.for_site(site)
    settings.service_name, settings.phone = "Et nytt navn", "99 88 77 66"
    settings.save()
    assert read("/").count("Et nytt navn") > 1
    assert "99\xa088\xa077\xa066" in read("/")


def test_a_card_shows_a_published_change_at_once(site):
    article = make_article(title="Første tittel")
    listing = article.get_parent().url
    assert "Første tittel" in read(listing)
    article.title = "Andre tittel"
    article.save_revision().publish()
    assert "Andre tittel" in read(listing)


def test_the_menu_marks_the_section_of_each_page(site):
    section = make_article().get_parent().specific
    section.show_in_menus = True
    section.save_revision().publish()
    article = make_article(title="En annen", slug="en-annen")
    assert 'aria-current="page"' in read(section.url)
    assert 'aria-current="true"' in read(article.url)
    assert 'aria-current="page"' in read(section.url)


def test_what_is_read_before_a_change_is_not_kept_as_if_it_were_new(site, rf):
    with reading(rf.get("/", HTTP_HOST="testserver")):
        before = site_pages(site)
        make_article(title="Publisert imens")
        assert kept(f"pages of site {site.pk}", lambda: None) is before
    with reading(rf.get("/", HTTP_HOST="testserver")):
        assert "Publisert imens" in {place.title for place in site_pages(site).by_key.values()}


def test_outside_reading_nothing_is_kept():
    assert [kept("a number", iter([number]).__next__) for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize("page_cache_seconds", [0, 3600])
def test_a_page_that_is_closed_is_closed_for_the_next_reader_and_gone_from_lists(
    site, settings, page_cache_seconds
):
    settings.PAGE_CACHE_SECONDS = page_cache_seconds
    article = make_article(title="Bare for noen")
    listing = article.get_parent().url
    assert "Bare for noen" in read(article.url)
    assert "Bare for noen" in read(listing)
    PageViewRestriction.objects.create(page=article, restriction_type=PageViewRestriction.LOGIN)
    answer = Client().get(article.url)
    assert answer.status_code == 302
    assert "Bare for noen" not in read(listing)
    PageViewRestriction.objects.all().delete()
    assert "Bare for noen" in read(article.url)


def test_a_link_to_a_withdrawn_page_is_not_shown(site):
    article = make_article(title="Snart trukket", slug="snart-trukket")
    other = make_article(
        title="Lenker dit",
        slug="lenker-dit",
        body=[("text", f'<p><a linktype="page" id="{article.pk}">dit</a></p>')],
    )
    assert "/snart-trukket/" in read(other.url)
    article.unpublish()
    assert "/snart-trukket/" not in read(other.url)


def test_pages_in_two_languages_do_not_mix(site):
    bokmaal = make_article(title="På bokmål", slug="bm", language="nb")
    nynorsk = make_article(title="På nynorsk", slug="nn", language="nn")
    first, second = read(bokmaal.url), read(nynorsk.url)
    assert 'lang="nb"' in first
    assert 'lang="nn"' in second
    assert "Hopp til hovudinnhaldet" in second
    assert read(bokmaal.url) == first
    assert read(nynorsk.url) == second


def test_editors_who_are_logged_in_have_wagtails_bar_on_the_page(site, settings, admin_client):
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"
    article = make_article()
    editor = get_user_model().objects.first()
    client = Client()
    client.force_login(editor)
    assert "wagtail-userbar" in client.get(article.url).content.decode()
    assert "wagtail-userbar" not in read(article.url)
