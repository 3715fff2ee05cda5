"""Put database and uploaded files back as an archive of scripts/backup.py holds them.

Usage: python scripts/restore.py FILE [--replace]

Everything in the database and all uploaded files are replaced; where there is something to replace, `--replace` has to
say so. Stop web, worker and beat first. The database changes in one transaction: if that fails, nothing has changed.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts import archive


def main() -> None:
    """Check the archive, then restore the database and the files."""
    parser = argparse.ArgumentParser(description="Put database and uploaded files back from an archive.")
    parser.add_argument("file", type=Path, help="an archive that scripts/backup.py has written")
    parser.add_argument("--replace", action="store_true", help="replace what the database holds now")
    arguments = parser.parse_args()
    archive.set_up()
    try:
        with tarfile.open(arguments.file) as tar:
            check(tar)
            restore(tar, replace=arguments.replace)
    except (OSError, tarfile.TarError) as error:
        sys.exit(f"{arguments.file} cannot be read as a backup: {error}")
    print("Restored. Start the portal again; its cached pages are forgotten.")


def check(tar: tarfile.TarFile) -> None:
    """Make sure that the archive is a backup this version understands."""
    try:
        manifest = json.load(tar.extractfile(archive.MANIFEST))  # type: ignore[arg-type]
        tar.getmember(archive.DUMP)
    except (KeyError, TypeError, ValueError):
        sys.exit("The file is not a backup of the portal; nothing was changed.")
    if manifest.get("format") != archive.FORMAT:
        sys.exit(
            f"The backup has format {manifest.get('format')}, this version reads {archive.FORMAT}; nothing changed."
        )


def restore(tar: tarfile.TarFile, *, replace: bool) -> None:
    """Restore the database in one transaction, then the files."""
    url = archive.database_url()
    if _tables(url) and not replace:
        sys.exit("The database is not empty. --replace throws away what it holds; nothing was changed.")
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / archive.DUMP
        _copy(tar, archive.DUMP, dump)
        _restore_database(dump, url)
    media = archive.media_root()
    if media is not None:
        _restore_media(tar, media)
    _forget_pages()


def _tables(url: str) -> int:
    import psycopg

    archive.server_version(url)
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return row[0] if row else 0


def _restore_database(dump: Path, url: str) -> None:
    """Feed the dump, as SQL, into one transaction that first empties the schema."""
    with tempfile.TemporaryFile("w+") as sql:
        sql.write("DROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n")
        sql.flush()
        reading = [archive.program("pg_restore", url), "--no-owner", "--no-privileges", "--file=-", str(dump)]
        _run(reading, stdout=sql)
        sql.seek(0)
        address, environment = archive.login_of(url)
        psql = archive.program("psql", url)
        command = [psql, "-qXb", "--single-transaction", "-v", "ON_ERROR_STOP=1", f"--dbname={address}"]
        _run(command, stdin=sql, env=environment)


def _restore_media(tar: tarfile.TarFile, media: Path) -> None:
    """Unpack beside the old files, then take their place. The folder itself stays: it may be a mounted volume."""
    fresh = media / ".restoring"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for member in tar.getmembers():
        name = Path(member.name)
        if member.isfile() and member.name.startswith(archive.MEDIA) and ".." not in name.parts:
            _copy(tar, member.name, fresh.joinpath(*name.parts[1:]))
    for old in media.iterdir():
        if old != fresh:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    for path in fresh.iterdir():
        path.rename(media / path.name)
    fresh.rmdir()


def _copy(tar: tarfile.TarFile, name: str, target: Path) -> None:
    source = tar.extractfile(name)
    if source is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file)


def _forget_pages() -> None:
    """Ready pages in the cache show what the database held before."""
    from core.page_store import page_store

    page_store().start_generation()


def _run(command: list[str], **streams) -> None:
    finished = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, **streams)
    if finished.returncode:
        sys.exit(f"{Path(command[0]).name} failed; the database is as it was: {finished.stderr.strip()}")


if __name__ == "__main__":
    main()
