"""The answer to "Var denne siden nyttig?", by script in the page itself and without any script on a page of its own."""

from datetime import datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from core.forms.anonymous import SHORTEST_STAY
from tests.gates.survey import PHONE, WIDE, audit

pytestmark = pytest.mark.browser
STORED = "SELECT page_id, was_useful, relevance, structure FROM core_feedbackresponse WHERE comment = %s"
# The database may be that of an earlier run.
NOW = f"kl. {datetime.now():%H.%M.%S}"
# Typed as a person types: it takes longer than a robot would need, which the form asks for.
KEY_MILLISECONDS = 60
FOCUSED = "document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"


@pytest.fixture
def article(page_of) -> str:
    """The address of an article, which asks its readers."""
    return page_of["core.ArticlePage"]["path"]


def box_of(page: Page) -> Locator:
    """The place under the text where the page asks."""
    return page.locator("section[data-feedback]")


def write_slowly(form: Locator, comment: str) -> None:
    """Choose two scores by their visible numbers and write a comment."""
    assert len(comment) * KEY_MILLISECONDS / 1000 > SHORTEST_STAY
    form.locator("input[name=relevance][value='9']").check()
    form.locator("input[name=structure][value='4']").check()
    form.locator("textarea[name=comment]").press_sequentially(comment, delay=KEY_MILLISECONDS)


def page_key(portal, path: str) -> int:
    """The key of the page at an address."""
    slug = path.strip("/").split("/")[-1]
    ((key,),) = portal.execute("SELECT id FROM wagtailcore_page WHERE slug = %s", slug)
    return key


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_an_answer_in_the_page_is_stored_thanked_for_and_accessible(width, portal, surveyor, article):
    comment = f"Svart i siden ved bredde {width}, {NOW}."
    with surveyor.reader(width) as page:
        page.goto(portal.address + article)
        box = box_of(page)
        box.get_by_role("link", name="Ja", exact=True).click()
        form = box.locator("form")
        expect(form).to_be_visible()
        assert page.url == portal.address + article, "the form must open where the reader is"
        expect(form.locator("input[name=was_useful][value=ja]")).to_be_checked()
        assert page.evaluate(FOCUSED).startswith("Var denne siden nyttig?")
        assert page.locator("h1").count() == 1
        assert audit(page) == []

        write_slowly(form, comment)
        form.get_by_role("button", name="Send tilbakemelding").click()
        thanks = box.get_by_role("heading", name="Takk for tilbakemeldingen")
        expect(thanks).to_be_visible()
        expect(form).to_have_count(0)
        # A screen reader says what gets the focus, and what is a status message.
        expect(thanks).to_be_focused()
        expect(box.get_by_role("status")).to_contain_text("Takk for tilbakemeldingen")
        assert page.url == portal.address + article
        assert page.locator("h1").count() == 1
        assert audit(page) == []
        assert page.context.cookies() == []
    assert portal.execute(STORED, comment) == [(page_key(portal, article), True, 9, 4)]


def test_an_answer_the_portal_refuses_is_told_in_the_page_and_keeps_what_was_written(
    portal, surveyor, article
):
    """Sent faster than a person reads: the form comes back with the reason, and can be sent as it stands."""
    comment = f"Sendt for fort, {NOW}."
    with surveyor.reader() as page:
        page.goto(portal.address + article)
        box = box_of(page)
        box.get_by_role("link", name="Nei", exact=True).click()
        box.locator("textarea[name=comment]").fill(comment)
        box.get_by_role("button", name="Send tilbakemelding").click()
        summary = box.locator(".ds-error-summary")
        expect(summary).to_be_visible()
        expect(summary).to_be_focused()
        expect(box.locator("textarea[name=comment]")).to_have_value(comment)
        expect(box.locator("input[name=was_useful][value=nei]")).to_be_checked()
        assert audit(page) == []
        assert portal.execute(STORED, comment) == []


def test_the_answer_can_be_given_with_the_keyboard_alone(portal, surveyor, article):
    comment = f"Bare med tastatur, fra spørsmål til takk, {NOW}."
    with surveyor.reader() as page:
        page.goto(portal.address + article)
        box = box_of(page)
        box.get_by_role("link", name="Nei", exact=True).focus()
        page.keyboard.press("Enter")
        expect(box.locator("form")).to_be_visible()
        page.keyboard.press("Tab")
        expect(box.locator("input[name=was_useful][value=nei]")).to_be_focused()
        for _question in range(5):
            page.keyboard.press("Tab")
        expect(box.locator("textarea[name=comment]")).to_be_focused()
        page.keyboard.type(comment, delay=KEY_MILLISECONDS)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(box.get_by_role("heading", name="Takk for tilbakemeldingen")).to_be_focused()
    assert portal.execute(STORED, comment) == [(page_key(portal, article), False, None, None)]


def test_without_scripts_the_link_leads_to_a_form_of_its_own(portal, surveyor, article):
    comment = f"Sendt uten skript, fra skjemaets egen side, {NOW}."
    with surveyor.reader(scripts=False) as page:
        page.goto(portal.address + article)
        box_of(page).get_by_role("link", name="Ja", exact=True).click()
        key = page_key(portal, article)
        expect(page).to_have_url(f"{portal.address}/tilbakemelding/{key}/?svar=ja")
        expect(page.get_by_role("heading", level=1)).to_have_text("Gi tilbakemelding")
        form = page.locator("main form")
        expect(form.locator("input[name=was_useful][value=ja]")).to_be_checked()
        write_slowly(form, comment)
        form.get_by_role("button", name="Send tilbakemelding").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Takk for tilbakemeldingen")
        assert surveyor.audit_still(page) == []
        assert page.context.cookies() == []
        page.locator("main").get_by_role("link", name="Tilbake til siden").click()
        expect(page).to_have_url(portal.address + article)
    assert portal.execute(STORED, comment) == [(key, True, 9, 4)]
