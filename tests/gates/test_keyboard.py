"""The way through menu and search without a mouse, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.gates.survey import PHONE, WIDE, audit, settle

pytestmark = pytest.mark.browser
# Where the focus is, in words that a failed test can show.
FOCUS = """() => {
  const element = document.activeElement;
  return element === document.body ? "body"
    : (element.textContent.trim().replace(/\\s+/g, " ").slice(0, 40) || element.id || element.tagName);
}"""
# Something the reader can see that is not there without focus: on the element itself, or around the card or field
# it belongs to.
SHOWS_FOCUS = """() => {
  const one = (element, part) => {
    const style = getComputedStyle(element, part);
    return [style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor, style.boxShadow,
      style.backgroundColor, style.borderColor, style.textDecorationLine + style.textDecorationThickness].join("|");
  };
  const look = element => [element, element.parentElement, ...["article", "li", "form", "label"].map(name =>
    element.closest(name))].filter(Boolean).flatMap(each => [one(each), one(each, "::after")]).join(" ");
  const element = document.activeElement;
  const box = element.getBoundingClientRect();
  const inView = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
    && box.right > 0 && box.left < innerWidth;
  const shown = look(element);
  element.blur();
  const plain = look(element);
  element.focus({preventScroll: true});
  return inView && shown !== plain;
}"""
MOST_STEPS = 150


@pytest.fixture
def phone(surveyor) -> Iterator[Page]:
    """The front page on a phone."""
    with surveyor.reader(PHONE) as page:
        page.goto(surveyor.address + "/", wait_until="load")
        settle(page)
        yield page


@pytest.fixture
def desk(surveyor) -> Iterator[Page]:
    """The front page in a wide window."""
    with surveyor.reader(WIDE) as page:
        page.goto(surveyor.address + "/", wait_until="load")
        settle(page)
        yield page


def test_the_first_key_shows_a_link_that_skips_to_the_text(desk):
    desk.keyboard.press("Tab")
    skip = desk.locator("a.tp-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    desk.keyboard.press("Enter")
    assert desk.evaluate("document.activeElement.id") == "main"
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.getElementById('main').contains(document.activeElement)")


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_the_tab_key_reaches_everything_shows_where_it_is_and_gets_out_again(width, surveyor, page_of):
    """WCAG 2.1.1, 2.1.2 and 2.4.7 on the front page and on a page with contents, films and tables."""
    for kind in ("core.HomePage", "core.GuidePage"):
        with surveyor.reader(width) as page:
            page.goto(surveyor.address + page_of[kind]["path"], wait_until="load")
            settle(page)
            unseen, reached = [], 0
            for _step in range(MOST_STEPS):
                page.keyboard.press("Tab")
                where = page.evaluate(FOCUS)
                if where == "body":
                    break
                reached += 1
                if not page.evaluate(SHOWS_FOCUS):
                    unseen.append(where)
            else:
                pytest.fail(f"{MOST_STEPS} steps did not lead out of the page; the last was {where!r}")
            assert reached > 10
            assert unseen == []


def test_the_menu_opens_and_closes_with_keys_on_a_phone(phone):
    menu = phone.locator("details[data-menu]")
    button = menu.locator("summary")
    button.focus()
    phone.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    phone.keyboard.press("Tab")
    expect(menu.locator("nav a").first).to_be_focused()
    assert audit(phone) == []
    phone.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(button).to_be_focused()
    phone.keyboard.press("Space")
    expect(menu).to_have_attribute("open", "")
    menu.locator("nav a").last.focus()
    phone.keyboard.press("Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_link_of_the_menu_leads_there_with_the_enter_key(phone, surveyor):
    phone.locator("details[data-menu] summary").press("Enter")
    link = phone.locator("details[data-menu] nav a").first
    target = link.get_attribute("href")
    link.press("Enter")
    phone.wait_for_url(surveyor.address + str(target))
    assert phone.locator("details[data-menu]").get_attribute("open") is None


def _suggestions(page: Page, text: str):
    """Type into the search field and wait for what it suggests."""
    field = page.locator("input[type=search]").locator("visible=true").first
    field.focus()
    page.keyboard.type(text, delay=20)
    options = page.locator("[role=option]")
    expect(options.first).to_be_visible()
    return field, options


def test_suggestions_follow_the_arrow_keys_and_leave_on_escape(desk):
    field, options = _suggestions(desk, "drop")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert audit(desk) == []
    desk.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(options.first.get_attribute("id")))
    desk.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "false")
    desk.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_be_focused()
    expect(field).to_have_value("drop")


def test_enter_opens_the_chosen_suggestion(desk, surveyor):
    _field, options = _suggestions(desk, "drop")
    title = options.first.locator("span").inner_text()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.wait_for_url(lambda url: url != surveyor.address + "/")
    assert title in desk.locator("main").inner_text()


def test_enter_without_a_choice_searches(desk):
    desk.locator("input[type=search]").locator("visible=true").first.focus()
    desk.keyboard.type("lærer om avbrudd")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/sok/?q=**")
    expect(desk.locator("main h1")).to_be_visible()
