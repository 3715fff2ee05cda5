"""A page's schema.org data, read back as a search engine reads it."""

import json
from typing import Any

from bs4 import BeautifulSoup


def structured_data(html: str) -> dict[str, Any]:
    """Return the page's one JSON-LD block."""
    blocks = BeautifulSoup(html, "html.parser").find_all("script", type="application/ld+json")
    assert len(blocks) == 1, f"{len(blocks)} blocks of structured data"
    data = json.loads(blocks[0].string)
    assert isinstance(data, dict)
    return data
