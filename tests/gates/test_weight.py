"""What a first visit costs on the network, as the browser counts it, and that nothing jumps while it loads."""

import pytest

from tests.gates.survey import PHONE, WIDE, settle

pytestmark = pytest.mark.browser
WITHOUT_PICTURES = 120_000  # bytes as transferred
WITH_PICTURES = 300_000  # bytes as transferred
LARGEST_SHIFT = 0.01


def _first_load(surveyor, path: str, width: int) -> tuple[int, int, float, list[str]]:
    """Bytes without and with pictures, the layout shift, and the heaviest requests."""
    with surveyor.reader(width) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, tuple[str, str]] = {}
        sizes: dict[str, int] = {}
        session.on(
            "Network.responseReceived",
            lambda event: kinds.update({event["requestId"]: (event["type"], event["response"]["url"])}),
        )
        session.on(
            "Network.loadingFinished",
            lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
        )
        page.goto(surveyor.address + path, wait_until="networkidle")
        settle(page)
        shift = page.evaluate("window.layoutShift")
    pictures = sum(size for key, size in sizes.items() if kinds[key][0] == "Image")
    heaviest = sorted(((size, *kinds[key]) for key, size in sizes.items()), reverse=True)[:8]
    return sum(sizes.values()) - pictures, sum(sizes.values()), shift, [str(entry) for entry in heaviest]


@pytest.mark.parametrize("width", [PHONE, WIDE])
def test_the_front_page_is_light_and_stands_still(width, surveyor):
    bare, whole, shift, heaviest = _first_load(surveyor, "/", width)
    assert 20_000 < bare <= WITHOUT_PICTURES, "\n".join(heaviest)
    assert bare < whole <= WITH_PICTURES, "\n".join(heaviest)
    assert shift <= LARGEST_SHIFT


@pytest.mark.parametrize("kind", ["core.ArticlePage", "core.ChapterPage", "projects.ProjectPage"])
def test_nothing_jumps_while_a_page_loads(kind, page_of, surveyor):
    for width in (PHONE, WIDE):
        bare, _whole, shift, heaviest = _first_load(surveyor, page_of[kind]["path"], width)
        assert shift <= LARGEST_SHIFT, width
        assert bare <= WITHOUT_PICTURES, "\n".join(heaviest)
