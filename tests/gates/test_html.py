"""Every page type is valid HTML, with a heading outline, a title and a language of its own."""

import json
import re
import subprocess

import pytest
from bs4 import BeautifulSoup

from scripts.build_frontend import node_environment, node_home
from tests.gates.addresses import FORMS, PAGE_TYPES
from tests.gates.portal import ROOT

VALIDATOR = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
RULES = ROOT / "tests" / "gates" / "html-validate.json"


@pytest.fixture(scope="package")
def addresses(facts, page_of) -> dict[str, str]:
    """What to look at by name: page types and forms."""
    return {**{kind: page_of[kind]["path"] for kind in PAGE_TYPES}, **facts["forms"]}


@pytest.fixture(scope="package")
def faults(portal, addresses, tmp_path_factory) -> dict[str, list[str]]:
    """The validator's findings for each saved page; it starts once for all of them."""
    folder = tmp_path_factory.mktemp("html")
    for name, path in addresses.items():
        (folder / f"{name}.html").write_text(portal.get(path).text, encoding="utf-8")
    finished = subprocess.run(
        [node_home() / "bin" / "node", VALIDATOR, "--config", RULES, "--formatter", "json", folder],
        env=node_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode in (0, 1), finished.stderr
    return {
        page["filePath"].rsplit("/", 1)[1].removesuffix(".html"): [
            f"line {fault['line']}, column {fault['column']}: {fault['message']} ({fault['ruleId']})"
            for fault in page["messages"]
        ]
        for page in json.loads(finished.stdout)
    }


@pytest.mark.parametrize("name", [*PAGE_TYPES, *FORMS])
def test_the_html_is_valid(name, addresses, faults):
    assert not faults.get(name), addresses[name] + "\n  " + "\n  ".join(faults[name][:20])


@pytest.mark.parametrize("name", [*PAGE_TYPES, *FORMS])
def test_a_page_has_one_main_heading_and_skips_no_level(name, addresses, portal):
    soup = BeautifulSoup(portal.get(addresses[name]).text, "html.parser")
    levels = [int(heading.name[1]) for heading in soup.find_all(re.compile("^h[1-6]$"))]
    assert levels.count(1) == 1, levels
    inside = [int(heading.name[1]) for heading in soup.main.find_all(re.compile("^h[1-6]$"))]
    assert inside[0] == 1, inside
    jumps = [
        f"h{before} → h{after}"
        for before, after in zip(inside, inside[1:], strict=False)
        if after > before + 1
    ]
    assert jumps == []
    empty = [
        heading.name for heading in soup.find_all(re.compile("^h[1-6]$")) if not heading.get_text(strip=True)
    ]
    assert empty == []


def test_no_two_pages_share_a_title(addresses, portal):
    titles: dict[str, str] = {}
    for name, path in addresses.items():
        title = BeautifulSoup(portal.get(path).text, "html.parser").title.get_text(" ", strip=True)
        assert title, path
        assert title not in titles, f"{path} and {titles[title]} are both called {title!r}"
        titles[title] = f"{name} ({path})"


@pytest.mark.parametrize("name", [*PAGE_TYPES, *FORMS])
def test_a_page_has_its_landmarks(name, addresses, portal):
    soup = BeautifulSoup(portal.get(addresses[name]).text, "html.parser")
    assert [len(soup.find_all(tag)) for tag in ("main", "header", "footer")] == [1, 1, 1]
    assert [part.name for part in soup.body.find_all(["header", "main", "footer"])] == [
        "header",
        "main",
        "footer",
    ]
    skip = soup.body.find("a")
    assert skip["href"] == "#main"
    assert soup.find(id="main") is soup.main
    # Someone who lists the navigations of a page must be able to tell them apart.
    names = [_name_of(soup, nav) for nav in soup.find_all("nav")]
    assert all(names), names
    assert len(names) == len(set(names)), names


def _name_of(soup: BeautifulSoup, element) -> str:
    """What a screen reader calls a landmark."""
    if element.get("aria-labelledby"):
        return soup.find(id=element["aria-labelledby"]).get_text(" ", strip=True)
    return element.get("aria-label", "").strip()
