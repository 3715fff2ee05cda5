"""Rows of the apps that stand on cached pages but are edited outside them are seen at once."""

import pytest
from django.core.cache import cache
from django.test import Client

from core.page_store import page_store
from networks.models import NetworkGroup
from newsletters.models import LetterArchivePage
from tests.core.factories import add_page
from tests.networks.factories import make_network
from tests.newsletters.factories import SeriesFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits_at_once")]


@pytest.fixture(autouse=True)
def _empty_store():
    cache.clear()
    page_store().start_generation()


def read(url: str) -> str:
    """Return the page as a reader gets it, from the cache where it may be."""
    answer = Client(HTTP_USER_AGENT="Mozilla/5.0 Firefox/140.0").get(url)
    assert answer.status_code == 200
    assert "ETag" in answer, "the page is not cached, so the test would show nothing"
    return answer.content.decode()


def test_a_group_that_is_added_renamed_or_deleted_is_seen_at_once(site):
    network = make_network()
    assert "Unge pårørende" not in read(network.url)
    group = NetworkGroup.objects.create(page=network, name="Unge pårørende")
    assert "Unge pårørende" in read(network.url)
    group.name = "Søsken"
    group.save()
    assert "Søsken" in read(network.url)
    group.delete()
    assert "Søsken" not in read(network.url)


def test_a_changed_series_is_seen_at_once_in_its_archive(site):
    series = SeriesFactory(name="Lederbrev")
    top = LetterArchivePage.objects.get(series=None)
    own = add_page(top, LetterArchivePage, title="Arkivet", series=series)
    signup = f"/brev/abonner/{series.slug}/"
    assert series.description in read(top.url)
    assert "Lederbrev" in read(own.url)
    assert signup in read(own.url)
    series.name, series.description = "Nettverksbrev", "Fire ganger i året."
    series.save()
    assert "Fire ganger i året." in read(top.url)
    assert "Nettverksbrev" in read(own.url)
    series.is_public = False
    series.save()
    assert signup not in read(own.url)
