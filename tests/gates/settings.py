"""Settings of the process that counts queries and lists addresses in the gates' own database."""

from tsb_portal.settings.development import *  # noqa: F403

# Each page is built anew; a cache in memory keeps the database cache's own queries out of the count.
PAGE_CACHE_SECONDS = 0
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}  # noqa: F405
# Needs no collected files, which the running server has.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
