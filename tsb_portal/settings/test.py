"""Settings of the test suite: as close to production as a local run allows."""

import os
import re
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
_redis = re.fullmatch(r"(redis://.*/)(\d+)", os.environ.get("REDIS_URL", ""))
if _worker != "0" and _redis and "PORTAL_TEST_REDIS" not in os.environ:
    # Tests that run side by side empty their caches: each gets a Redis database of its own.
    os.environ["REDIS_URL"] = f"{_redis[1]}{(int(_redis[2]) - int(_worker)) % 16}"
    os.environ["PORTAL_TEST_REDIS"] = "chosen"

from tsb_portal.settings.base import *  # noqa: E402, F403

SECRET_KEY = "only-for-the-test-suite-which-holds-no-real-data"
DEMO = True
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="portal-test-media-"))
# Tests that look at built files use the built ones; others must not depend on the build.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
DATABASES["default"].pop("CONN_MAX_AGE", None)  # noqa: F405
# Tests roll back what they change, and nothing is told of it; tests/core/test_parts.py tries the real one.
PARTS_SECONDS = 0
CACHES["parts"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}  # noqa: F405
CELERY_TASK_ALWAYS_EAGER = False
# Another thread would not see what a test has not committed.
LETTER_HITS_SECONDS = 0
