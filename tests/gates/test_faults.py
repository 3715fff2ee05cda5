"""The page a reader gets when the portal itself is at fault, from a view that really fails."""

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from tests.gates.portal import Portal
from tests.gates.survey import PHONE, WIDE, audit, settle
from tests.gates.test_language import faults_of
from tests.gates.test_security_headers import policy_of

SEARCH = "/sok/?q=rusbehandling"
LEFT_OUT = "wagtailsearch_indexentry"


@pytest.fixture
def broken(portal: Portal) -> Iterator[Portal]:
    """The portal while the table that search reads is missing: every search raises an error nobody has foreseen."""
    portal.execute(f"ALTER TABLE {LEFT_OUT} RENAME TO {LEFT_OUT}_away")
    try:
        yield portal
    finally:
        portal.execute(f"ALTER TABLE {LEFT_OUT}_away RENAME TO {LEFT_OUT}")


def ask(portal: Portal, round_: str):
    """Ask for the search page past the answers kept from other tests."""
    return portal.get(SEARCH, **{"X-Round": round_})


def test_a_fault_is_told_in_plain_norwegian_and_shows_nothing_of_the_code(broken):
    answer = ask(broken, "fault")
    assert answer.status == 500
    soup = BeautifulSoup(answer.text, "html.parser")
    assert soup.html["lang"] == "nb"
    assert soup.h1.get_text(strip=True) == "Noe gikk galt"
    assert "Feilen er vår" in soup.main.get_text()
    assert faults_of(answer.text) == []
    for secret in ("Traceback", "ProgrammingError", LEFT_OUT, "psycopg", ".py", "SELECT "):
        assert secret not in answer.text
    assert "Traceback" in broken.log(), "the people who run the portal must find the fault in its log"
    assert answer.headers.get_all("Set-Cookie") is None
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = policy_of(answer)
    assert policy["default-src"] == ["'self'"]
    assert "script-src" not in policy, "the default must hold for scripts"


def test_other_pages_stand_and_the_faulty_one_works_again_when_the_fault_is_gone(broken):
    assert broken.get("/aktuelt/", **{"X-Round": "fault"}).status == 200
    broken.execute(f"ALTER TABLE {LEFT_OUT}_away RENAME TO {LEFT_OUT}")
    try:
        assert ask(broken, "mended").status == 200
    finally:
        broken.execute(f"ALTER TABLE {LEFT_OUT} RENAME TO {LEFT_OUT}_away")


@pytest.mark.browser
@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_the_page_of_a_fault_is_accessible_and_leads_on(width, broken, surveyor):
    with surveyor.reader(width) as page:
        answer = page.goto(broken.address + SEARCH, wait_until="load")
        assert answer is not None
        assert answer.status == 500
        settle(page)
        assert audit(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        links = [link.get_attribute("href") for link in page.locator("main a").all()]
        assert {"/", "/sok/", "/kontakt/"} <= set(links)
        page.get_by_role("link", name="Til forsiden").click()
        expect(page).to_have_url(broken.address + "/")
        expect(page.locator("main h1")).to_be_visible()
