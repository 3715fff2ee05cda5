"""What backup and restore share: which database, which media, and PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
MEDIA = "media/"


def set_up() -> None:
    """Choose the settings. Nothing here needs the apps, which take seconds to load."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.development")


def database_url() -> str:
    """Return the address of the database: DATABASE_URL, or the embedded server's."""
    from tsb_portal import embedded

    return os.environ.get("DATABASE_URL") or embedded.database_url()


def media_root() -> Path | None:
    """Return where uploaded files lie, or nothing when they lie in an object store with backups of its own."""
    from django.conf import settings

    return None if "s3" in settings.STORAGES["default"]["BACKEND"] else Path(settings.MEDIA_ROOT)


def program(name: str, url: str) -> str:
    """Return one of PostgreSQL's programs that is not older than the server, as `pg_dump` must not be."""
    from tsb_portal import embedded

    server = server_version(url)
    candidates = [shutil.which(name)]
    try:
        candidates.append(str(embedded.binaries() / name))
    except embedded.EmbeddedDatabaseError:
        pass
    for candidate in filter(None, candidates):
        printed = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"(\d+)", printed)
        if version and int(version.group()) >= server:
            return candidate
    sys.exit(
        f"{name} of PostgreSQL {server} or newer is needed; install the package postgresql-client-{server}."
    )


def login_of(url: str) -> tuple[str, dict[str, str]]:
    """Return the address without its password, and an environment that holds it for PostgreSQL's programs.

    Every user of the machine can read a program's arguments in the list of processes; its environment, only its owner.
    """
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    password = parts.pop("password", None)
    environment = dict(os.environ)
    # The programs need nothing of ours, and the whole address is the password once more.
    environment.pop("DATABASE_URL", None)
    if password:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**parts), environment


def server_version(url: str) -> int:
    """Return the server's main version."""
    import psycopg

    try:
        with psycopg.connect(url) as connection:
            return connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        sys.exit(f"The database cannot be reached: {error}")
