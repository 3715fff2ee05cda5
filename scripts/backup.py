"""Write database and uploaded files into one archive.

Usage: python scripts/backup.py [FILE]   (default: backups/portal-<date>-<time>.tar under VAR_DIR)

The portal may be running: the database is taken as of one moment, and the files after it, so that no file the database
names is missing. The archive holds personal data; keep it where only operators get at it.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import archive


def main() -> None:
    """Write the archive and print its name."""
    parser = argparse.ArgumentParser(description="Write database and uploaded files into one archive.")
    parser.add_argument("file", nargs="?", type=Path, help="where to write; must not exist yet")
    arguments = parser.parse_args()
    archive.set_up()
    target = arguments.file or default_target()
    if target.exists():
        sys.exit(f"{target} exists already; nothing was written.")
    write(target)
    print(f"Backup written to {target} ({target.stat().st_size / 1e6:.1f} MB).")


def default_target() -> Path:
    """Return a new name under VAR_DIR/backups."""
    from django.conf import settings

    return Path(settings.VAR_DIR) / "backups" / f"portal-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"


def write(target: Path) -> None:
    """Write the archive beside its name first, so that a half-written one is never taken for a backup."""
    url = archive.database_url()
    address, environment = archive.login_of(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".unfinished")
    os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(unfinished, "w") as tar:
            dump = Path(folder) / archive.DUMP
            _run(
                [
                    archive.program("pg_dump", url),
                    "--format=custom",
                    "--no-owner",
                    "--no-privileges",
                    f"--file={dump}",
                    f"--dbname={address}",
                ],
                environment,
            )
            manifest = Path(folder) / archive.MANIFEST
            media = archive.media_root()
            facts = {
                "format": archive.FORMAT,
                "written": datetime.now(UTC).isoformat(),
                "media": media is not None,
            }
            manifest.write_text(json.dumps(facts))
            tar.add(manifest, archive.MANIFEST)
            tar.add(dump, archive.DUMP)
            if media is not None and media.exists():
                tar.add(media, archive.MEDIA.rstrip("/"))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _run(command: list[str], environment: dict[str, str]) -> None:
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        sys.exit(f"{Path(command[0]).name} failed, nothing was written: {finished.stderr.strip()}")


if __name__ == "__main__":
    main()
