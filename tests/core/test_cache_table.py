"""The cache table that the settings choose where there is no Redis."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.cache import cache

ROOT = Path(__file__).resolve().parent.parent.parent
SHOW = "import json, tsb_portal.settings.base as s; print(json.dumps(s.CACHES['default']))"


@pytest.fixture
def _table(settings, db):
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**os.environ, "REDIS_URL": "", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    settings.CACHES = {**settings.CACHES, "default": json.loads(shown.stdout)}
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("_table")
def test_marks_and_limits_are_not_thrown_out_by_some_hundred_pages():
    # What sorts first is thrown out first when the table is full.
    cache.set("a-mark-of-a-sent-form", "sent", None)
    for number in range(320):
        cache.set(f"page:{number}", "a page")
    assert cache.get("a-mark-of-a-sent-form") == "sent"
