"""The page cache and the view counters, through the whole middleware."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

from core.counters import write_waiting_views
from core.models import PageViewCount, ServiceSettings
from core.page_store import page_store
from core.release import release
from tests.core.factories import make_article

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits_at_once")]
BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "HTTP_ACCEPT_ENCODING": "gzip"}


@pytest.fixture(autouse=True)
def _empty_store():
    cache.clear()
    page_store().start_generation()
    page_store().take_views()


def read(url: str, **headers):
    return Client(**(BROWSER | headers)).get(url)


def test_the_second_reading_of_a_page_asks_the_database_nothing(site, django_assert_num_queries):
    article = make_article()
    first = read(article.url)
    assert first.status_code == 200
    expected = 0 if page_store().__class__.__name__ == "RedisStore" else 2
    with django_assert_num_queries(expected):
        second = read(article.url)
    assert second.content == first.content
    assert second["Content-Security-Policy"] == first["Content-Security-Policy"]
    assert second["Content-Length"] == str(len(second.content))


def test_a_published_change_is_seen_at_once_on_the_page_and_in_its_list(site):
    article = make_article(title="Første tittel")
    listing = article.get_parent().url
    assert b"tittel" in read(article.url, HTTP_ACCEPT_ENCODING="").content
    assert "Første tittel" in read(listing, HTTP_ACCEPT_ENCODING="").content.decode()
    article.title = "Andre tittel"
    article.save_revision().publish()
    assert "Andre tittel" in read(article.url, HTTP_ACCEPT_ENCODING="").content.decode()
    assert "Andre tittel" in read(listing, HTTP_ACCEPT_ENCODING="").content.decode()


def test_a_changed_setting_is_seen_at_once(site):
    read("/")
    settings = ServiceSettings.for_site(site)
    settings.service_name = "Et nytt navn"
    settings.save()
    assert "Et nytt navn" in read("/", HTTP_ACCEPT_ENCODING="").content.decode()


def test_a_deleted_page_is_gone_at_once(site):
    article = make_article()
    read(article.url)
    article.delete()
    assert read(article.url).status_code == 404


def test_an_unchanged_page_is_answered_with_304(site):
    article = make_article()
    etag = read(article.url)["ETag"]
    assert read(article.url, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_logged_in_editor_never_fills_or_reads_the_cache(site, admin_client):
    article = make_article()
    assert admin_client.get(article.url).status_code == 200
    with_cache = read(article.url)
    assert "ETag" in with_cache
    assert "ETag" not in admin_client.get(article.url)


def test_an_anonymous_reading_sets_no_cookie(site):
    for url in ("/", make_article().url, "/sok/?q=ventetid"):
        response = read(url)
        assert response.status_code == 200
        assert not response.cookies
        assert "Set-Cookie" not in response.headers


def test_views_are_counted_per_page_and_day_whether_cached_or_not(site):
    article = make_article()
    for _ in range(3):
        read(article.url)
    write_waiting_views()
    (row,) = PageViewCount.objects.filter(page_id=article.pk)
    assert row.views == 3
    assert isinstance(row.date, date)


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "curl/8.0", ""])
def test_robots_are_not_counted(site, agent):
    article = make_article()
    read(article.url, HTTP_USER_AGENT=agent)
    write_waiting_views()
    assert not PageViewCount.objects.filter(page_id=article.pk).exists()


def test_a_prefetch_is_not_counted(site):
    article = make_article()
    read(article.url, HTTP_SEC_PURPOSE="prefetch")
    write_waiting_views()
    assert not PageViewCount.objects.filter(page_id=article.pk).exists()


@pytest.mark.redis
def test_a_built_page_is_served_while_the_database_is_away(site, monkeypatch):
    article = make_article()
    read(article.url)
    page_store().start_generation()

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    client = Client(raise_request_exception=False, **BROWSER)
    assert client.get(article.url).status_code == 200
    assert client.get("/aktuelt/aldri-lest/").status_code == 503


@pytest.mark.redis
def test_a_withdrawn_page_does_not_stand_in_while_the_database_is_away(site, monkeypatch):
    article, other = make_article(slug="trukket"), make_article(slug="star")
    read(article.url)
    article.unpublish()
    read(other.url)
    page_store().start_generation()

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    client = Client(raise_request_exception=False, **BROWSER)
    assert client.get(article.url).status_code == 503
    assert client.get(other.url).status_code == 200


def test_without_the_database_the_reader_gets_a_plain_sentence_and_a_form_is_told_to_be_sent_again(
    site, monkeypatch
):
    form = f"/tilbakemelding/{make_article().pk}/"

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)
    client = Client(raise_request_exception=False, **BROWSER)
    answers = client.get("/sok/?q=lar"), client.post(form, {"comment": "Min lange kommentar"})
    for answer in answers:
        assert answer.status_code == 503
        assert answer["Retry-After"] == "30"
        assert (
            "Nettstedet får ikke tak i innholdet akkurat nå. Prøv igjen om et halvt minutt."
            in answer.content.decode()
        )
    said = ["Det du sendte, kom ikke fram." in answer.content.decode() for answer in answers]
    assert said == [False, True]


@pytest.mark.redis
def test_views_are_not_lost_when_they_cannot_be_written(site, monkeypatch):
    article = make_article()
    read(article.url)

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    with monkeypatch.context() as away:
        away.setattr("core.counters._add_views", refuse)
        with pytest.raises(OperationalError):
            write_waiting_views()
    write_waiting_views()
    assert PageViewCount.objects.get(page_id=article.pk).views == 1


@pytest.mark.redis
@pytest.mark.parametrize("query", ["?paafunn=1", "?tema=paafunn", "?side=7", "?side=1"])
def test_an_address_with_a_query_is_built_and_never_stored(site, query):
    listing = make_article().get_parent().url
    read(f"{listing}{query}")
    answer = read(f"{listing}{query}")
    assert answer.status_code == 200
    assert "ETag" not in answer
    assert "ETag" in read(listing)


@pytest.mark.redis
def test_a_host_written_otherwise_is_the_same_host(site, django_assert_num_queries):
    article = make_article()
    read(article.url, HTTP_HOST="testserver")
    with django_assert_num_queries(0):
        read(article.url, HTTP_HOST="TESTSERVER:8123")


def test_a_new_release_shows_no_page_of_an_older_one(site, settings, tmp_path):
    article = make_article()
    etag = read(article.url)["ETag"]
    PageViewCount.objects.all().delete()
    article.__class__.objects.filter(pk=article.pk).update(title="Vist etter ny utgave")
    assert read(article.url)["ETag"] == etag, "the store was not asked"
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "base.html").write_text("anders")
    settings.BASE_DIR = tmp_path
    release.cache_clear()
    try:
        assert "Vist etter ny utgave" in read(article.url, HTTP_ACCEPT_ENCODING="").content.decode()
    finally:
        release.cache_clear()
