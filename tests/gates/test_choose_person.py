"""Choosing who subscribes, without a mouse, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.gates.survey import WIDE
from tests.gates.test_whole_way import log_in

pytestmark = pytest.mark.browser
MOST_STEPS = 12


def tab_to(page: Page, wanted: str) -> None:
    """Press the tab key until the focus is on what the expression asks for."""
    for _step in range(MOST_STEPS):
        if page.evaluate(f"document.activeElement.matches({wanted!r})"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The tab key does not reach {wanted}.")


def test_an_adviser_finds_and_chooses_a_person_with_the_keyboard_alone(portal, browser_here):
    ((key, address),) = portal.execute("SELECT id, email FROM directory_person ORDER BY email LIMIT 1")
    context = browser_here.new_context(viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    log_in(page, portal, "radgiver@example.no", "/admin/brev/abonnementer/new/")
    page.get_by_role("button", name="Velg person").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".modal input[name=q]")).to_be_visible()
    tab_to(page, "input[name=q]")
    page.keyboard.type(address)
    expect(page.locator(".modal a[data-chooser-modal-choice]")).to_have_count(1)
    tab_to(page, "a[data-chooser-modal-choice]")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=person]")).to_have_value(str(key))
    context.close()
