"""The environment of the bench: production settings, a database of its own, built static files."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from bench.servers import ROOT


def environment() -> dict[str, str]:
    """Return the environment for the portal's processes; make the database and collect static files."""
    if not os.environ.get("REDIS_URL"):
        sys.exit("make bench measures with Redis: set REDIS_URL, for example redis://127.0.0.1:6379/0.")
    from tsb_portal import embedded

    given = os.environ.get("DATABASE_URL") or embedded.database_url()
    var = ROOT / "var" / "bench"
    values = {
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.production",
        "DATABASE_URL": own_database(given),
        "DATABASE_POOL": "true",
        "REDIS_URL": os.environ["REDIS_URL"],
        "SECRET_KEY": "a-long-key-that-only-the-bench-uses-and-nobody-else",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SITE_URL": "http://localhost",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "SECURITY_CONTACT": "mailto:nobody@localhost",
        "SECURITY_TXT_EXPIRES": "2099-12-31",
        "SECURE_SSL_REDIRECT": "false",
        "LOG_LEVEL": "WARNING",
        "VAR_DIR": str(var),
        "MEDIA_ROOT": str(var / "media"),
        "STATIC_ROOT": str(var / "static"),
    }
    (var / "media").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **values}, check=True)
    return values


def own_database(url: str) -> str:
    """Return the address of the bench's own database beside the given one, created where missing."""
    import psycopg

    parts = urlsplit(url)
    name = parts.path.lstrip("/").removesuffix("_bench") + "_bench"
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    # By hand where there is no host: urlunsplit would drop the slashes of an empty one.
    if not parts.netloc:
        return f"{parts.scheme}:///{name}" + (f"?{parts.query}" if parts.query else "")
    return urlunsplit(parts._replace(path=f"/{name}"))
