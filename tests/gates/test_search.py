"""Search as readers meet it: without any script, and with suggestions while typing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.gates.survey import PHONE, WIDE, audit, onward, settle

pytestmark = pytest.mark.browser
HITS = re.compile(r"^(\d+) treff på «(.+)»$")


def total(page: Page, query: str) -> int:
    """The number of hits the page tells for a query."""
    said = HITS.match(page.locator("main .tp-search-total").inner_text())
    assert said, page.locator("main .tp-search-total").inner_text()
    assert said[2] == query
    return int(said[1])


def listed(page: Page) -> int:
    """The number of hits over all pages of the list: what stands here, where all of it does."""
    assert page.locator(".tp-pagination").count() == 0, "the list goes on"
    return page.locator(".tp-results > li").count()


def choices(page: Page, name: str) -> dict[str, int]:
    """The filters of a kind with the number behind each."""
    links = page.get_by_role("navigation", name=name, exact=True).get_by_role("link").all()
    parts = [link.inner_text().rsplit(maxsplit=1) for link in links]
    return {label: int(count) for label, count in parts}


def choose(page: Page, name: str, label: str) -> None:
    """Follow the link of a filter."""
    exactly = re.compile(rf"^{re.escape(label)}\s+\d+$")
    with onward(page):
        page.get_by_role("navigation", name=name, exact=True).get_by_role("link", name=exactly).click()


def open_filters(page: Page) -> None:
    """Unfold the filters where they do not stand open beside the hits."""
    if page.viewport_size and page.viewport_size["width"] == PHONE:
        page.locator("main details", has=page.locator(".tp-facet")).locator("summary").click()
    expect(page.locator("main .tp-facet a").first).to_be_visible()


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_without_scripts_the_form_of_the_front_page_finds(width, surveyor):
    with surveyor.reader(width, scripts=False) as page:
        page.goto(surveyor.address + "/")
        field = page.locator("input[type=search]").locator("visible=true").first
        field.fill("rusbehandling")
        field.press("Enter")
        page.wait_for_url("**/sok/?q=rusbehandling")
        assert total(page, "rusbehandling") > 1
        first = page.locator(".tp-results > li").first
        expect(first.locator("mark").first).to_be_visible()
        expect(page.locator("main input[name=q]")).to_have_value("rusbehandling")
        assert page.locator("[role=option], [role=combobox]").count() == 0
        assert surveyor.audit_still(page) == []
        target = first.locator("a").first.get_attribute("href")
        first.locator("a").first.click()
        expect(page).to_have_url(re.compile(re.escape(str(target).split("#")[0])))


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_without_scripts_the_filters_narrow_to_the_number_they_show(width, surveyor):
    with surveyor.reader(width, scripts=False) as page:
        page.goto(surveyor.address + "/sok/?q=steroider")
        all_hits = total(page, "steroider")
        open_filters(page)
        kinds = choices(page, "Typer innhold")
        assert len(kinds) > 1
        assert sum(kinds.values()) <= all_hits
        label, count = min(kinds.items(), key=lambda kind: kind[1])
        choose(page, "Typer innhold", label)
        assert total(page, "steroider") == listed(page) == count
        open_filters(page)
        chosen = page.get_by_role("navigation", name="Typer innhold", exact=True).locator(
            "a[aria-current=true]"
        )
        expect(chosen).to_have_count(1)
        expect(chosen).to_contain_text(label)
        with onward(page):
            page.get_by_role("link", name="Fjern alle filtre").click()
        assert total(page, "steroider") == all_hits

        open_filters(page)
        topics = choices(page, "Temaer")
        label, count = min(topics.items(), key=lambda topic: topic[1])
        choose(page, "Temaer", label)
        assert total(page, "steroider") == listed(page) == count


def test_without_scripts_the_list_is_turned_page_by_page(surveyor):
    with surveyor.reader(scripts=False) as page:
        page.goto(surveyor.address + "/sok/?q=rus")
        found = total(page, "rus")
        seen: list[str] = []
        while True:
            seen += [str(link.get_attribute("href")) for link in page.locator(".tp-result__title a").all()]
            following = page.locator("main a[rel=next]")
            if not following.count():
                break
            with onward(page):
                following.first.click()
        assert len(seen) == found > 10
        assert len(set(seen)) == found, "a hit stood on two pages"


def test_without_scripts_a_search_for_nothing_and_one_without_hits_help_on(surveyor):
    with surveyor.reader(scripts=False) as page:
        page.goto(surveyor.address + "/sok/")
        expect(page.locator("main h1")).to_have_text("Søk")
        assert page.locator("main a").count() > 3
        page.locator("main input[name=q]").fill("xyzzyxyzzy")
        with onward(page):
            page.locator("main form[role=search] button").click()
        assert total(page, "xyzzyxyzzy") == 0
        expect(page.locator("main")).to_contain_text("Sjekk skrivemåten.")
        assert page.locator("main a").count() > 3


def test_suggestions_are_counted_aloud_and_the_arrow_keys_go_round(surveyor):
    with surveyor.reader() as page:
        page.goto(surveyor.address + "/", wait_until="load")
        settle(page)
        field = page.locator("input[type=search]").locator("visible=true").first
        form = page.locator("form[role=search]").filter(has=page.locator("[aria-expanded=true]"))
        field.press_sequentially("rus", delay=20)
        options = form.get_by_role("option")
        expect(options.first).to_be_visible()
        count = options.count()
        assert count > 1
        expect(form.get_by_role("status")).to_have_text(f"{count} forslag. Bruk piltastene.")
        expect(form.get_by_role("listbox")).to_have_attribute("aria-label", "Forslag")
        for number in range(count):
            page.keyboard.press("ArrowDown")
            expect(options.nth(number)).to_have_attribute("aria-selected", "true")
            expect(form.locator("[aria-selected=true]")).to_have_count(1)
            expect(field).to_have_attribute(
                "aria-activedescendant", str(options.nth(number).get_attribute("id"))
            )
        page.keyboard.press("ArrowDown")
        expect(form.locator("[aria-selected=true]")).to_have_count(0)
        expect(field).to_be_focused()
        assert field.get_attribute("aria-activedescendant") is None
        page.keyboard.press("ArrowUp")
        expect(options.last).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Tab")
        expect(options.first).to_be_hidden()


def test_a_suggestion_is_opened_by_a_click_on_a_phone(surveyor):
    with surveyor.reader(PHONE) as page:
        page.goto(surveyor.address + "/sok/", wait_until="load")
        field = page.locator("main input[type=search]")
        field.press_sequentially("steroid", delay=20)
        option = page.get_by_role("option").first
        expect(option).to_be_visible()
        assert audit(page) == []
        title = option.locator("span").inner_text()
        with onward(page):
            option.click()
        assert "/sok/" not in page.url
        assert title in page.locator("main").inner_text()
