"""Setting up a site."""

import pytest

from core.models import HomePage
from core.setup import set_up_site
from tests.core.factories import make_article, make_topic

pytestmark = pytest.mark.django_db


def test_setting_up_a_site_twice_makes_one_of_each_page():
    set_up_site("Tjenesten")
    before = set(HomePage.objects.get().get_descendants(inclusive=True).values_list("url_path", flat=True))
    set_up_site("Tjenesten")
    after = list(HomePage.objects.get().get_descendants(inclusive=True).values_list("url_path", flat=True))
    assert sorted(before) == sorted(after)
    assert {"/hjem/brev/", "/hjem/prosjekter/", "/hjem/kurs/", "/hjem/tema/"} <= before


def test_a_page_tagged_with_a_topic_is_found_from_the_topic(site):
    topic = make_topic()
    article = make_article(topics=[topic])
    assert list(topic.tagged_pages.values_list("pk", flat=True)) == [article.pk]
