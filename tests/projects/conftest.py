"""Pages are built anew in every test: nothing another test left in the page cache is served."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_page_cache(settings):
    settings.PAGE_CACHE_SECONDS = 0
    # Editors of these tests have no second factor; that they need one is tried in tests/accounts.
    settings.MFA_REQUIRED = False
    # The rate limit counts in the cache.
    cache.clear()
