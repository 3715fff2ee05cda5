"""What a reader sees when the code itself fails. How it looks in a browser stands in tests/gates/test_faults.py."""

import logging

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client, RequestFactory

from core.views.errors import server_error
from tests.core.faulty_urls import SECRET

BROWSER = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
MISTAKE = "Feilen er vår og er registrert. Prøv igjen om litt."


@pytest.fixture
def reader(settings) -> Client:
    """A browser at a portal some of whose addresses fail."""
    settings.ROOT_URLCONF = "tests.core.faulty_urls"
    settings.DEBUG = False
    return Client(raise_request_exception=False, **BROWSER)


def main_of(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser").main


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_fault_is_a_plain_sentence_with_ways_on_and_nothing_of_the_code(reader, site, method, caplog):
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = getattr(reader, method)("/feil/")
    assert answer.status_code == 500
    main = main_of(answer)
    assert main.h1.get_text() == "Noe gikk galt"
    assert MISTAKE in main.get_text()
    assert [link["href"] for link in main.find_all("a")] == ["/", "/sok/", "/kontakt/"]
    for word in (SECRET, "RuntimeError", "Traceback", "faulty_urls", "passord"):
        assert word not in answer.content.decode()
    assert not answer.cookies
    assert "RuntimeError" in caplog.text, "what the page calls recorded must stand in the log"


@pytest.mark.django_db
def test_each_way_on_from_a_fault_leads_somewhere(reader, site):
    for link in main_of(reader.get("/feil/")).find_all("a"):
        assert reader.get(link["href"]).status_code == 200, link["href"]


@pytest.mark.django_db
def test_a_fault_is_told_in_the_language_the_page_says_it_is_in(reader, site):
    answer = reader.get("/feil-nynorsk/")
    assert answer.status_code == 500
    assert BeautifulSoup(answer.content, "html.parser").html["lang"] == "nb"
    assert MISTAKE in main_of(answer).get_text()


@pytest.mark.django_db
def test_a_lost_database_is_told_as_such_however_deep_the_error_lies(reader, site):
    answer = reader.get("/borte/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    text = main_of(answer).get_text()
    assert "Siden er borte et øyeblikk" in text
    assert "Det du sendte" not in text
    sent = reader.post("/borte/", {"name": "Kari"})
    assert sent.status_code == 503
    assert "Det du skrev, står der fortsatt" in main_of(sent).get_text()


def test_the_page_of_a_fault_asks_the_database_nothing(monkeypatch):
    """Without the mark for the database a query would fail the test; the cursor is shut besides."""

    def refuse(*args, **kwargs):
        raise AssertionError("the page of a fault asked the database")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = server_error(RequestFactory().get("/feil/"))
    assert answer.status_code == 500
    assert MISTAKE in answer.content.decode()
