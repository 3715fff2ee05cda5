"""What a backup holds comes back: rows, tables and uploaded files, and nothing else stays."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.conf import settings

from scripts import archive

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = f"backup_{os.getpid()}"


def address(database):
    """Return the address of a database on the server that the tests use."""
    config = settings.DATABASES["default"]
    host = config["HOST"] or config.get("OPTIONS", {}).get("host", "")
    login = quote(config["USER"] or "", safe="")
    if config["PASSWORD"]:
        login += ":" + quote(config["PASSWORD"], safe="")
    port = f"&port={config['PORT']}" if config["PORT"] else ""
    return f"postgres://{login}@/{database}?host={quote(host, safe='/')}{port}"


@pytest.fixture
def service(tmp_path):
    """A database with a row and a folder with a file, and a way to run the scripts on them."""
    with psycopg.connect(address("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
    media = tmp_path / "media"
    (media / "bilder").mkdir(parents=True)
    (media / "bilder" / "fjære.svg").write_text("<svg/>")
    with psycopg.connect(address(NAME)) as connection:
        connection.execute("CREATE TABLE person (id serial PRIMARY KEY, name text UNIQUE)")
        connection.execute("INSERT INTO person (name) VALUES ('Åse Bjørk')")
    yield Service(tmp_path, media)
    with psycopg.connect(address("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


class Service:
    """An installation as small as can be."""

    def __init__(self, folder, media):
        self.media, self.archive = media, folder / "backup.tar"
        self.environment = {
            **os.environ,
            "DATABASE_URL": address(NAME),
            "MEDIA_ROOT": str(media),
            "VAR_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.development",
            "REDIS_URL": "redis://127.0.0.1:1/0",  # away: neither script may need it
        }

    def run(self, script, *arguments):
        command = [sys.executable, f"scripts/{script}.py", *map(str, arguments)]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def query(self, sql):
        with psycopg.connect(address(NAME)) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else None


def test_rows_and_files_come_back_and_later_ones_are_gone(service):
    written = service.run("backup", service.archive)
    assert written.returncode == 0, written.stderr
    service.query("DROP TABLE person")
    service.query("CREATE TABLE later (id int)")
    (service.media / "bilder" / "fjære.svg").unlink()
    (service.media / "later.txt").write_text("later")

    restored = service.run("restore", service.archive, "--replace")

    assert restored.returncode == 0, restored.stderr
    assert service.query("SELECT name FROM person") == [("Åse Bjørk",)]
    assert service.query("SELECT to_regclass('later')") == [(None,)]
    assert (service.media / "bilder" / "fjære.svg").read_text() == "<svg/>"
    assert sorted(path.name for path in service.media.iterdir()) == ["bilder"]
    service.query("INSERT INTO person (name) VALUES ('Ny')")
    assert service.query("SELECT max(id) FROM person") == [(2,)]


def test_a_database_with_content_is_not_replaced_unasked(service):
    service.run("backup", service.archive)
    refused = service.run("restore", service.archive)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert service.query("SELECT count(*) FROM person") == [(1,)]


def test_the_password_stands_in_the_environment_and_not_among_the_arguments():
    url = "postgres://portal:hem%20lig%2F@db.example.no:5433/portal?sslmode=require"
    shown, environment = archive.login_of(url)
    assert "hem" not in shown
    assert environment["PGPASSWORD"] == "hem lig/"
    for part in ("user=portal", "host=db.example.no", "port=5433", "dbname=portal", "sslmode=require"):
        assert part in shown


def test_a_damaged_backup_changes_nothing(service):
    service.run("backup", service.archive)
    damaged = service.archive.with_name("damaged.tar")
    with tarfile.open(service.archive) as source, tarfile.open(damaged, "w") as target:
        for member in source.getmembers():
            content = source.extractfile(member) if member.isfile() else None
            if member.name == "database.dump":
                member.size //= 2
            target.addfile(member, content)

    refused = service.run("restore", damaged, "--replace")

    assert refused.returncode == 1
    assert "the database is as it was" in refused.stderr
    assert service.query("SELECT name FROM person") == [("Åse Bjørk",)]
    assert (service.media / "bilder" / "fjære.svg").exists()


def test_a_file_that_is_no_backup_changes_nothing(service, tmp_path):
    stranger = tmp_path / "stranger.tar"
    stranger.write_text("not an archive")
    refused = service.run("restore", stranger, "--replace")
    assert refused.returncode == 1
    assert "cannot be read as a backup" in refused.stderr
    assert service.query("SELECT count(*) FROM person") == [(1,)]


def test_a_backup_is_not_written_over_another_and_only_its_owner_reads_it(service):
    assert service.run("backup", service.archive).returncode == 0
    assert service.archive.stat().st_mode & 0o077 == 0
    again = service.run("backup", service.archive)
    assert again.returncode == 1
    assert "exists already" in again.stderr


def test_a_failed_backup_leaves_nothing_that_looks_like_one(service):
    service.environment["DATABASE_URL"] = address("no_such_database")
    failed = service.run("backup", service.archive)
    assert failed.returncode == 1
    assert "cannot be reached" in failed.stderr
    assert list(service.archive.parent.glob("*.tar*")) == []
