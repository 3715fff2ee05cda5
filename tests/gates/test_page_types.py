"""Every page type stands in the demo: a type nobody can look at is a type nobody has looked at."""

import pytest

from tests.gates.addresses import PAGE_TYPES


@pytest.mark.parametrize("kind", PAGE_TYPES)
def test_every_page_type_has_a_live_page_in_the_demo(kind, page_of, portal):
    page = page_of[kind]
    assert page["count"], f"The demo holds no live {kind}: add one under demo/content or demo/loading."
    assert portal.get(page["path"]).status == 200
