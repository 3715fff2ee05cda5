"""Collect static files while the image is built, when there is no database and no secret yet.

Usage: python scripts/collect_static.py
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Run Django's collectstatic with settings that connect to nothing."""
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tsb_portal.settings.development"
    # Never connected to: it only keeps the settings from starting the embedded server.
    os.environ["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"])


if __name__ == "__main__":
    main()
