"""What a first visit to the front page costs on the network, and whether anything jumps while it loads.

Usage: python -m bench.browser ADDRESS   prints {"bytes": …, "picture_bytes": …, "shift": …, "requests": …} as JSON
"""

import json
import sys

from playwright.sync_api import sync_playwright

from tests.plugins.requirements import chromium

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SHIFT = """() => new Promise(resolve => {
  let total = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(total), 800);
})"""


def measure(address: str, width: int) -> dict:
    """Open the address with an empty cache and add up what crosses the network (bytes as transferred)."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, str] = {}
        sizes: dict[str, float] = {}
        session.on(
            "Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]})
        )
        session.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
        )
        page.goto(address, wait_until="networkidle")
        shift = page.evaluate(SHIFT)
        browser.close()
    pictures = sum(size for key, size in sizes.items() if kinds.get(key) == "Image")
    return {
        "bytes": round(sum(sizes.values())),
        "picture_bytes": round(pictures),
        "shift": round(shift, 4),
        "requests": len(sizes),
    }


if __name__ == "__main__":
    print(json.dumps({width: measure(sys.argv[1], width) for width in (390, 1280)}))
