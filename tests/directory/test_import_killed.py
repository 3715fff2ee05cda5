"""A worker that is really killed in the middle of an import leaves nothing half done, and the next one goes on."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from directory.imports import services
from directory.models import PeopleImport, Person, Position
from tests.directory.import_files import HEADING, confirm, importer, previewed, text, written

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = "import django; django.setup(); from directory.tasks import run_imports; run_imports()"
ROWS = 3000


def start_worker() -> subprocess.Popen:
    """Run the worker's job in a process of its own, on the test database."""
    database = settings.DATABASES["default"]
    user = f"{database['USER']}{':' + database['PASSWORD'] if database['PASSWORD'] else ''}"
    host = str(database["HOST"]).replace("/", "%2F")
    port = f":{database['PORT']}" if database["PORT"] else ""
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{user}@{host}{port}/{database['NAME']}",
        "DJANGO_SETTINGS_MODULE": "tsb_portal.settings.test",
        "VAR_DIR": tempfile.mkdtemp(prefix="portal-import-"),
    }
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=environment)


def kill_in_the_middle(job: PeopleImport) -> None:
    """Let a worker begin and kill it as soon as some of the work is done."""
    worker = start_worker()
    try:
        while worker.poll() is None and not PeopleImport.objects.filter(pk=job.pk, done__gt=0).exists():
            pass
        worker.send_signal(signal.SIGKILL)
    finally:
        worker.wait(30)
    job.refresh_from_db()
    assert worker.returncode == -signal.SIGKILL
    assert 0 < job.done < ROWS


def finish(job: PeopleImport) -> None:
    """Let another worker go on; the database frees the dead one's lock in a moment."""
    while PeopleImport.objects.get(pk=job.pk).is_working:
        services.run_waiting()
    job.refresh_from_db()


def people_of_a_long_file() -> list[tuple[str, ...]]:
    return [(f"Kari{n}", "Li", f"kari{n}@ous.example", "", "") for n in range(ROWS)]


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_has_written_whole_batches_and_another_writes_the_rest_once(site):
    job = previewed(text(HEADING, *people_of_a_long_file()))
    confirm(job)
    kill_in_the_middle(job)
    assert Person.objects.count() == job.done == job.rows.exclude(written_at=None).count()
    finish(job)
    assert (job.status, job.done, job.counts["new"]) == ("done", ROWS, ROWS)
    assert Person.objects.count() == ROWS
    assert not Position.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_takes_back_leaves_whole_batches_and_another_takes_the_rest_once(site):
    job = written(text(HEADING, *people_of_a_long_file()))
    assert services.take_back(job, importer())
    kill_in_the_middle(job)
    assert Person.objects.count() == ROWS - job.done
    assert job.rows.filter(outcome="undone").count() == job.done == job.rows.exclude(undone_at=None).count()
    finish(job)
    assert (job.status, job.done, job.counts["undone"]) == ("undone", ROWS, ROWS)
    assert not Person.objects.exists()
