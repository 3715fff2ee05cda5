"""What tells one release of the portal from another, so that no page of an older one is shown by a newer."""

import hashlib
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage


@cache
def release() -> str:
    """Return a mark of the code, texts, templates and collected static files this process runs with."""
    mark = hashlib.sha256(str(getattr(staticfiles_storage, "manifest_hash", "")).encode())
    own = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR]
    files = [file for folder in own for kind in ("*.py", "*.mo") for file in folder.rglob(kind)]
    for file in sorted([*files, *(settings.BASE_DIR / "templates").rglob("*.*")]):
        mark.update(file.read_bytes())
    return mark.hexdigest()[:16]
