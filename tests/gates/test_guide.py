"""The contents beside a chapter follow the reader, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.gates.survey import PHONE, WIDE, settle

pytestmark = pytest.mark.browser
CURRENT = "[data-toc] ol ol a[aria-current]"
# How far a section's heading is from a place near the top of the window, where it is being read.
DISTANCE = "target => document.getElementById(target).getBoundingClientRect().top - 100"


@pytest.fixture
def chapter(surveyor, page_of) -> Iterator[Page]:
    """The longest chapter of the demo in a wide window."""
    with surveyor.reader(WIDE) as page:
        page.goto(surveyor.address + page_of["core.ChapterPage"]["path"], wait_until="load")
        settle(page)
        yield page


def links_of(page: Page) -> list[Locator]:
    """The contents' links to the chapter's own sections; a test needs several to tell them apart."""
    links = page.locator("[data-toc] ol ol a").all()
    assert len(links) >= 3, "the demo's longest chapter has too few headings to follow"
    return links


def expect_current(page: Page, link: Locator) -> None:
    """Exactly one section is marked, it is this one, and the reader sees the mark."""
    expect(link).to_have_attribute("aria-current", "true")
    expect(page.locator(CURRENT)).to_have_count(1)
    expect(link).to_be_in_viewport()


def test_above_the_first_heading_only_the_chapter_itself_is_marked(chapter):
    links_of(chapter)
    expect(chapter.locator(CURRENT)).to_have_count(0)
    here = chapter.locator("[data-toc] a[aria-current=page]")
    expect(here).to_have_count(1)
    expect(here).to_have_text(chapter.locator("h1").inner_text())


def test_reading_on_and_back_with_the_wheel_moves_the_mark(chapter):
    links = links_of(chapter)
    chapter.mouse.move(WIDE / 2, 400)
    for number in [*range(len(links)), *range(len(links) - 2, -1, -1)]:
        target = str(links[number].get_attribute("href"))[1:]
        chapter.mouse.wheel(0, chapter.evaluate(DISTANCE, target))
        chapter.wait_for_function(f"target => Math.abs(({DISTANCE})(target)) < 3", arg=target)
        expect_current(chapter, links[number])
    chapter.keyboard.press("End")
    expect_current(chapter, links[-1])
    # A key pressed while the page still glides would be lost.
    chapter.wait_for_function("() => scrollY + innerHeight >= document.documentElement.scrollHeight - 3")
    chapter.keyboard.press("Home")
    chapter.wait_for_function("() => scrollY === 0")
    expect(chapter.locator(CURRENT)).to_have_count(0)


def test_a_link_of_the_contents_leads_to_its_section_and_marks_it(chapter):
    for link in links_of(chapter):
        link.click()
        target = str(link.get_attribute("href"))[1:]
        expect(chapter.locator(f"[id='{target}']")).to_be_in_viewport()
        expect_current(chapter, link)


def test_the_next_chapter_is_marked_when_the_reader_gets_there(chapter):
    before = chapter.locator("[data-toc] a[aria-current=page]").inner_text()
    onward = chapter.locator("a[rel=next], a[rel=prev]").last
    title = onward.locator("b").inner_text()
    onward.click()
    here = chapter.locator("[data-toc] a[aria-current=page]")
    expect(here).to_have_text(title)
    expect(here).to_have_count(1)
    assert title != before
    expect(chapter.locator("h1")).to_have_text(title)


def test_on_a_phone_the_contents_are_folded_and_open_with_a_key(surveyor, page_of):
    with surveyor.reader(PHONE) as page:
        page.goto(surveyor.address + page_of["core.ChapterPage"]["path"], wait_until="load")
        fold = page.locator("[data-toc] > details")
        expect(fold).not_to_have_attribute("open", "")
        fold.locator("summary").press("Enter")
        link = fold.locator("ol ol a").last
        link.click()
        expect(page.locator(f"[id='{str(link.get_attribute('href'))[1:]}']")).to_be_in_viewport()
        expect(link).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_without_scripts_the_contents_still_lead_to_each_section(width, surveyor, page_of):
    with surveyor.reader(width, scripts=False) as page:
        page.goto(surveyor.address + page_of["core.ChapterPage"]["path"], wait_until="load")
        if width == PHONE:
            expect(page.locator("[data-toc] ol ol a").first).to_be_hidden()
            page.locator("[data-toc] summary").click()
        link = page.locator("[data-toc] ol ol a").nth(1)
        link.click()
        expect(page.locator(f"[id='{str(link.get_attribute('href'))[1:]}']")).to_be_in_viewport()
