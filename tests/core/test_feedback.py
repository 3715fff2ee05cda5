"""Readers' feedback, without log-in or cookies."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.models import FeedbackResponse
from tests.core.factories import make_article

pytestmark = pytest.mark.django_db
ORIGIN = {"HTTP_ORIGIN": "http://testserver"}


@pytest.fixture(autouse=True)
def _no_limits_from_earlier_tests():
    cache.clear()


def open_form(page) -> tuple[Client, str, str]:
    """Open the form some seconds ago; returns client, address and seal."""
    client, url = Client(), f"/tilbakemelding/{page.pk}/"
    with time_machine.travel(timezone.now() - timedelta(seconds=20)):
        html = client.get(url).content.decode()
    return client, url, re.search(r'name="seal" value="([^"]+)"', html)[1]


def test_an_answer_is_stored_without_a_cookie(site):
    article = make_article()
    client, url, seal = open_form(article)
    answer = client.post(
        url, {"seal": seal, "was_useful": "ja", "relevance": "9", "comment": "Fint."}, **ORIGIN
    )
    assert answer.status_code == 200
    assert not answer.cookies
    row = FeedbackResponse.objects.get()
    assert (row.page_id, row.was_useful, row.relevance, row.structure) == (article.pk, True, 9, None)


def test_the_same_form_sent_twice_is_one_answer(site):
    client, url, seal = open_form(make_article())
    for _ in range(2):
        assert client.post(url, {"seal": seal, "was_useful": "nei"}, **ORIGIN).status_code == 200
    assert FeedbackResponse.objects.count() == 1


def test_an_empty_form_is_refused_with_a_sentence(site):
    client, url, seal = open_form(make_article())
    answer = client.post(url, {"seal": seal}, **ORIGIN).content.decode()
    assert "Svar på minst ett spørsmål" in answer
    assert not FeedbackResponse.objects.exists()


@pytest.mark.parametrize("score", ["0", "11", "-1", "mange", "1e9"])
def test_a_score_outside_one_to_ten_is_refused_and_the_comment_is_kept(site, score):
    client, url, seal = open_form(make_article())
    answer = client.post(url, {"seal": seal, "relevance": score, "comment": "Min lange kommentar"}, **ORIGIN)
    assert not FeedbackResponse.objects.exists()
    assert "Min lange kommentar" in answer.content.decode()


def test_a_form_from_another_site_is_refused(site):
    client, url, seal = open_form(make_article())
    answer = client.post(url, {"seal": seal, "was_useful": "ja"}, HTTP_ORIGIN="https://evil.example.org")
    assert answer.status_code == 403
    assert not FeedbackResponse.objects.exists()


def test_a_forged_seal_and_a_filled_trap_are_refused(site):
    client, url, seal = open_form(make_article())
    for data in ({"seal": f"{seal}x"}, {"seal": ""}, {"seal": seal, "website": "https://spam.example.org"}):
        client.post(url, {"was_useful": "ja", **data}, **ORIGIN)
    assert not FeedbackResponse.objects.exists()


def test_one_source_may_not_flood_the_service(site):
    client, url, seal = open_form(make_article())
    codes = [client.post(url, {"seal": seal, "was_useful": "ja"}, **ORIGIN).status_code for _ in range(32)]
    assert codes[0] == 200
    assert codes[-1] == 429


def test_a_draft_and_an_index_page_take_no_feedback(site, home):
    draft = make_article(live=False)
    assert Client().get(f"/tilbakemelding/{draft.pk}/").status_code == 404
    assert Client().get(f"/tilbakemelding/{home.pk}/").status_code == 404
    assert Client().get("/tilbakemelding/999999/").status_code == 404


def test_the_link_from_the_page_fills_in_the_answer_and_changes_nothing_itself(site):
    article = make_article()
    html = Client().get(f"/tilbakemelding/{article.pk}/?svar=ja").content.decode()
    assert re.search(r'value="ja"[^>]*checked', html)
    assert not FeedbackResponse.objects.exists()
