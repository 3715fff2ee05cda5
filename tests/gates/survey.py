"""One visit to an address in a real browser, and what the gates ask of it: looked at once, judged by many tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Route

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
OWN_SCRIPTS = re.compile(r"<script\b(?![^>]*ld\+json).*?</script>", re.S)
WIDE, PHONE, NARROWEST = 1280, 390, 320
HEIGHT = 900

WATCH_SHIFTS = """
window.layoutShift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
# One rule for a criterion of level A is still an experiment to axe and off unless it is asked for.
RUN_AXE = """rules => axe.run(document, {runOnly: {type: "tag", values: rules}, resultTypes: ["violations"],
    rules: {"label-content-name-mismatch": {enabled: true}}})
  .then(found => found.violations.map(problem => ({
    rule: problem.id,
    help: problem.help,
    places: problem.nodes.map(node => node.target.join(" ") + "  " + (node.any[0]?.message ?? node.failureSummary)),
  })))"""
# What sticks out to the right of the window, unless it scrolls inside a box of its own.
WIDER_THAN_WINDOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = element => element && (/(auto|scroll|hidden|clip)/.test(getComputedStyle(element).overflowX)
    ? element !== document.body && element !== document.documentElement : scrolls(element.parentElement));
  const out = [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
    .map(element => `${element.tagName.toLowerCase()}.${element.className}`);
  return [`${document.documentElement.scrollWidth} px wide`, ...new Set(out)].slice(0, 8);
}"""


@dataclass
class Visit:
    """What a first anonymous visit showed."""

    status: int
    requests: list[str]
    cookies: list[str]
    complaints: list[str]
    axe: dict[int, list[str]] = field(default_factory=dict)
    too_wide: list[str] = field(default_factory=list)


class Surveyor:
    """Visits addresses of the portal, each once."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.seen: dict[str, Visit] = {}

    def visit(self, path: str) -> Visit:
        """Open the address as someone who has never been here; look at both widths and the narrowest."""
        if path not in self.seen:
            self.seen[path] = self._visit(path)
        return self.seen[path]

    @contextmanager
    def reader(self, width: int = WIDE, *, scripts: bool = True) -> Iterator[Page]:
        """A page of a browser without any history, whose requests to others are written down and end there."""
        context = self.browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            locale="nb-NO",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            # As it says itself when it has a window: the portal counts headless browsers as machines.
            user_agent=f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            f" Chrome/{self.browser.version} Safari/537.36",
        )
        try:
            yield self._prepared(context)
        finally:
            context.close()

    def _prepared(self, context: BrowserContext) -> Page:
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH_SHIFTS)
        context.route(lambda url: not url.startswith(self.address), lambda route: self._stop(route))
        return context.new_page()

    @staticmethod
    def _stop(route: Route) -> None:
        if route.request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            route.abort()

    def _visit(self, path: str) -> Visit:
        with self.reader() as page:
            requests: list[str] = []
            complaints: list[str] = []
            page.on("request", lambda request: requests.append(request.url))
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            response = page.goto(self.address + path, wait_until="load")
            settle(page)
            assert response is not None
            cookies = [cookie["name"] for cookie in page.context.cookies()]
            visit = Visit(response.status, requests, cookies, complaints)
            for width in (WIDE, PHONE):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                visit.axe[width] = audit(page)
            page.set_viewport_size({"width": NARROWEST, "height": 640})
            visit.too_wide = page.evaluate(WIDER_THAN_WINDOW)
            return visit

    def audit_still(self, still: Page) -> list[str]:
        """What axe finds on a page of a browser without scripts, which axe itself needs.

        The page is shown as it stands in a browser that runs them, at the same address; its own scripts stay out.
        """
        html, size = OWN_SCRIPTS.sub("", still.content()), still.viewport_size
        assert size is not None
        with self.reader(size["width"]) as page:
            page.route(
                still.url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
            )
            page.goto(still.url, wait_until="load")
            settle(page)
            return audit(page)

    def outsiders(self, requests: list[str]) -> list[str]:
        """Those of the requests that leave the site."""
        own = (self.address + "/", "data:", "blob:")
        return [url for url in requests if not url.startswith(own)]


@contextmanager
def onward(page: Page) -> Iterator[None]:
    """What is done inside leads to another page: go on when that one stands whole, never on the old one."""
    with page.expect_navigation(wait_until="load"):
        yield


def settle(page: Page) -> None:
    """Wait for the fonts and for the frame after them."""
    page.evaluate("document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done())))")


def audit(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, what is folded together unfolded first."""
    page.evaluate("document.querySelectorAll('main details').forEach(folded => { folded.open = true })")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN_AXE, RULES)
    return [
        f"{problem['rule']}: {problem['help']}\n      " + "\n      ".join(problem["places"][:6])
        for problem in found
    ]
