"""What a reader sees is Norwegian: no message stands untranslated, and each page says which language it is in."""

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup, Comment

from scripts.messages.po import read
from tests.gates.addresses import FORMS, PAGE_TYPES
from tests.gates.portal import ROOT

# Words that no Norwegian sentence holds; text in English is marked with its language and left out.
ENGLISH_WORDS = re.compile(
    r"\b(the|and|with|your|you|from|this|that|please|must|page|is|are|of|for the)\b", re.I
)
READ_ALOUD = ("alt", "aria-label", "title", "placeholder", "value", "data-text", "data-suggest-label")


@cache
def messages(language: str) -> dict[str, str]:
    """The project's messages in a language, by their English text."""
    catalogues = sorted(ROOT.glob(f"*/locale/{language}/LC_MESSAGES/django.po"))
    assert catalogues
    entries = [entry for path in catalogues for entry in read(path).values() if not entry.obsolete]
    return {entry.msgid: entry.translations.get(0, "") for entry in entries}


@cache
def untranslated() -> set[str]:
    """English texts that mean the fault is here: those whose translation differs from them."""
    return {
        msgid
        for language in ("nb", "nn")
        for msgid, text in messages(language).items()
        if text and text != msgid and len(msgid) > 2
    }


def texts_of(html: str) -> list[str]:
    """Everything a reader reads or hears in the page's own language."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.find_all(["script", "style", "code"]):
        element.decompose()
    for element in soup.body.find_all(lang=re.compile("^(en|se)")):
        element.decompose()
    said = [
        str(element.get(name))
        for element in soup.find_all(True)
        for name in READ_ALOUD
        if element.get(name)
        and not (name == "value" and element.get("type") in ("hidden", "radio", "checkbox"))
    ]
    said += [str(text) for text in soup.find_all(string=True) if not isinstance(text, Comment)]
    return [" ".join(text.split()) for text in said if text.strip()]


def faults_of(html: str) -> list[str]:
    """Texts that are a message in English, or that hold English words."""
    translations = set(messages("nb").values()) | set(messages("nn").values())
    return [
        text
        for text in texts_of(html)
        if (text in untranslated() and text not in translations) or len(ENGLISH_WORDS.findall(text)) > 1
    ]


def _pages(page_of: dict[str, dict], kind: str) -> list[str]:
    return [page_of[kind]["path"], *page_of[kind]["other_languages"]]


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_no_text_of_a_page_is_left_in_english(kind, page_of, portal):
    for path in _pages(page_of, kind):
        assert faults_of(portal.get(path).text) == [], path


@pytest.mark.parametrize("form", FORMS)
def test_no_text_of_a_form_is_left_in_english(form, facts, portal):
    assert faults_of(portal.get(facts["forms"][form]).text) == []


def test_a_form_that_was_filled_in_wrong_answers_in_norwegian(facts, portal):
    for form in ("letter_signup", "event_registration", "order", "feedback", "preferences_link"):
        # A body without any field at all is no form; a browser sends at least the hidden ones.
        answer = portal.post(facts["forms"][form], {"seal": "oppdiktet"})
        assert answer.status == 200, form
        assert BeautifulSoup(answer.text, "html.parser").select(".ds-error-summary li"), form
        assert faults_of(answer.text) == [], form


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_a_page_says_which_language_it_is_in(kind, page_of, portal):
    path = page_of[kind]["path"]
    assert BeautifulSoup(portal.get(path).text, "html.parser").html["lang"] == page_of[kind]["language"]


def test_the_interface_around_a_page_in_nynorsk_is_in_nynorsk(page_of, portal):
    nynorsk = [path for page in page_of.values() for path in page["other_languages"]]
    assert nynorsk, "the demo has no page type with pages in both languages"
    only_bokmal = set(messages("nb").values()) - set(messages("nn").values())
    for path in nynorsk:
        answer = portal.get(path)
        assert BeautifulSoup(answer.text, "html.parser").html["lang"] == "nn"
        header = BeautifulSoup(answer.text, "html.parser").header
        for link in header.find_all("a", class_=lambda names: not names or "tp-header-button" not in names):
            link.decompose()  # titles of pages, each in its own language
        assert [text for text in texts_of(f"<body>{header}</body>") if text in only_bokmal] == [], path
