"""The portal's main job from end to end: publish, be stopped, sign up, send, click, see the click.

Everything real: the browser, gunicorn, a Celery worker on its broker, mail over SMTP. Each step stands on the one
before, so they are one story in three tests.
"""

import contextlib
import email
import email.policy
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from demo.accounts import PASSWORD
from tests.gates.survey import WIDE, onward

pytestmark = pytest.mark.browser
PATIENCE = 60  # seconds; a loaded machine sends slowly
NOW = f"{datetime.now():%H%M%S}"


@pytest.fixture(scope="module")
def worker(portal) -> Iterator[Any]:
    """A Celery worker on the demo's broker; the schedule is left out, what it would start is called by name."""
    process = portal.spawn(
        "worker", "-m", "celery", "-A", "tsb_portal", "worker", "--pool", "solo", "--loglevel", "INFO"
    )  # fmt: skip
    yield process
    process.terminate()
    process.wait(30)


def call(portal, task: str) -> None:
    """Put a job on the queue as the schedule does."""
    portal.run("-m", "celery", "-A", "tsb_portal", "call", task)


def log_in(page: Page, portal, address: str, to: str = "/admin/") -> None:
    """Log in with the demo's password and go on to an address."""
    page.goto(f"{portal.address}/konto/login/?next={to}")
    page.locator("input[name=login]").fill(address)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").filter(has_text="Logg inn").last.click()
    page.wait_for_url(f"**{to}*")


def wait_for(what: str, found: Callable[[], Any]) -> Any:
    """Return what `found` finds, asking again until it does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.5)
    raise AssertionError(f"{what} did not come within {PATIENCE} seconds")


def mail_to(portal, address: str, after: int = 0) -> EmailMessage | None:
    """The newest mail to an address among those that came after so many others."""
    files = sorted(portal.outbox.glob("[0-9]*.eml"))[after:]
    for file in reversed(files):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if message["X-Envelope-To"] == address:
            return message  # type: ignore[return-value]
    return None


def links_of(message: EmailMessage, pattern: str) -> list[str]:
    """The addresses in a mail's text part that match."""
    body = message.get_body(("plain",))
    assert body is not None, "the mail has no text part"
    return re.findall(rf"https?://\S*{pattern}[^\s>)\]]*", body.get_content())


def test_an_adviser_publishes_an_article_and_readers_see_it(portal, surveyor, facts):
    title = f"Ny avtale om avrusing {NOW}"
    with surveyor.reader(WIDE) as page:
        log_in(page, portal, "radgiver@example.no")
        page.goto(f"{portal.address}/admin/pages/add/core/articlepage/{facts['article_index']}/")
        page.locator("[name=title]").fill(title)
        page.locator("[name=lead]").fill("Tre helseforetak deler på plassene.")
        _publish(page)
    with surveyor.reader(WIDE) as reader:
        reader.goto(f"{portal.address}/aktuelt/")
        reader.get_by_role("link", name=title).first.click()
        expect(reader.locator("h1")).to_have_text(title)
        expect(reader.locator("main")).to_contain_text("Tre helseforetak deler på plassene.")


def _publish(page: Page) -> None:
    """Choose "publish" in the menu beside the save button and wait until it is done."""
    publish = page.locator("button[name=action-publish]").first
    if not publish.is_visible():
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    with onward(page):
        publish.click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/(edit/)?$"))


def test_a_project_leader_is_stopped_at_another_project(portal, surveyor, facts):
    with surveyor.reader(WIDE) as page:
        log_in(page, portal, "prosjektleder@example.no")
        own = page.goto(f"{portal.address}/admin/pages/{facts['projects']['steroideprosjektet']}/edit/")
        assert own is not None
        assert own.status == 200
        expect(page.locator("[name=title]")).to_have_value(re.compile("teroid"))
        assert page.locator("button[name=action-publish]").count() == 0, "publishing goes through the adviser"
        others = {slug: key for slug, key in facts["projects"].items() if slug != "steroideprosjektet"}
        assert others
        for slug, key in others.items():
            answer = page.request.get(f"{portal.address}/admin/pages/{key}/edit/", max_redirects=0)
            assert answer.status in (302, 403), (slug, answer.status)
        # Nor by sending the form without having seen it.
        slug, key = next(iter(others.items()))
        token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value")
        answer = page.request.post(
            f"{portal.address}/admin/pages/{key}/edit/",
            form={"csrfmiddlewaretoken": str(token), "title": "Overtatt", "action-publish": "1"},
            headers={"Referer": f"{portal.address}/admin/"},
            max_redirects=0,
        )
        assert answer.status in (302, 403)
    assert "Overtatt" not in portal.get(f"/prosjekter/{slug}/", **{"X-Round": "3"}).text


def test_someone_signs_up_gets_a_letter_clicks_and_the_click_is_counted(portal, surveyor, facts, worker):
    address = f"ny.leser.{NOW}@example.org"
    with surveyor.reader(WIDE) as page:
        _sign_up(page, portal, address)
        confirmation = wait_for("the mail that asks to confirm", lambda: mail_to(portal, address))
        page.goto(links_of(confirmation, "/brev/bekreft/")[0])
        with onward(page):
            page.locator("main form button[type=submit]").click()
        assert page.context.cookies() == []
    with surveyor.reader(WIDE) as adviser:
        log_in(adviser, portal, "radgiver@example.no")
        before = len(list(portal.outbox.glob("[0-9]*.eml")))
        statistics = _send(adviser, portal, facts["draft_letter"])
        call(portal, "newsletters.tasks.run_due_deliveries")
        letter = wait_for("the letter", lambda: mail_to(portal, address, before))
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        clicks = _clicks(adviser, statistics)
        with surveyor.reader(WIDE) as reader:
            hits = _hits(portal)
            _click(reader, links_of(letter, "/l/")[0])
        wait_for("the hit, which is written within a second", lambda: _hits(portal) > hits)
        # A hit is counted when it is certain that no burst of a machine followed; here that minute passes at once.
        portal.execute("UPDATE newsletters_trackingevent SET at = at - interval '2 minutes'")
        call(portal, "newsletters.tasks_statistics.roll_up")
        wait_for("the click in the statistics", lambda: _clicks(adviser, statistics) > clicks)


def _hits(portal) -> int:
    return portal.execute("SELECT count(*) FROM newsletters_trackingevent")[0][0]


def _sign_up(page: Page, portal, address: str) -> None:
    page.goto(f"{portal.address}/brev/abonner/")
    page.locator("[name=email]").fill(address)
    boxes = page.locator("[name=series]")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    # The form takes a moment to fill for people; those who are faster are asked to look once more.
    page.wait_for_timeout(1800)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/brev/abonner/sendt/")


def _send(page: Page, portal, letter: int) -> str:
    """Send a letter by the buttons an adviser presses; return the address of its figures."""
    page.goto(f"{portal.address}/admin/brev/{letter}/send/")
    page.locator("section[aria-labelledby=audience] form button").click()
    page.wait_for_url("**/send/bekreft/**")
    expect(page.locator("main h2").first).to_contain_text("Send til")
    page.locator("form.tp-admin-section button").click()
    page.wait_for_url("**/admin/brev/utsending/*/")
    return page.url.replace("/utsending/", "/tall/")


def _click(page: Page, address: str) -> None:
    """Follow a link of a letter; where it leads elsewhere, the answer is enough."""
    answers = []
    page.on("response", lambda response: answers.append((response.url, response.status)))
    with contextlib.suppress(PlaywrightError):
        page.goto(address)
    assert answers[0] == (address, 302)
    assert page.context.cookies() == []


def _clicks(page: Page, statistics: str) -> int:
    """The number of clicks by people that the letter's page of figures shows."""
    page.goto(statistics)
    return int(page.locator(".tp-letter-figures > div:nth-child(2) dd").inner_text().split()[0])
