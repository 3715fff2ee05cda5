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
from tests.directory.import_files import HEADING, previewed, text

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


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_has_written_whole_batches_and_another_writes_the_rest_once(site):
    rows = [(f"Kari{n}", "Li", f"kari{n}@ous.example", "", "") for n in range(ROWS)]
    job = previewed(text(HEADING, *rows))
    services.confirm(job)
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
    assert Person.objects.count() == job.done == job.rows.exclude(written_at=None).count()
    while PeopleImport.objects.get(
        pk=job.pk
    ).is_working:  # the database frees the dead worker's lock in a moment
        services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.done, job.counts["new"]) == ("done", ROWS, ROWS)
    assert Person.objects.count() == ROWS
    assert not Position.objects.exists()
