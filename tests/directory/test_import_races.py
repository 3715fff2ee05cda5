"""Two at once: whoever is first counts, and nothing that was confirmed is lost."""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from directory import services as people_services
from directory.imports import scrubbing, services, writing
from directory.imports.errors import MayNotSubscribe
from directory.models import ImportFile, PeopleImport, Person
from newsletters.models import Subscription
from tests.directory.import_files import HEADING, confirm, importer, previewed, sheets, text, written
from tests.newsletters.factories import SeriesFactory

ROW = ("Kari", "Li", "kari@ous.example", "", "")
WAITS_FOR_US = (
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


@contextmanager
def meanwhile(work: Callable[[], object]):
    """Run the work in a thread of its own until the database makes it wait for what the block holds."""
    done: list[object] = []

    def run() -> None:
        try:
            done.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    with transaction.atomic():
        yield lambda: (thread.start(), wait_until_held(thread), done)[-1]
    thread.join(30)


def wait_until_held(thread: threading.Thread) -> None:
    """Return when the thread waits for what this connection holds, or has ended without."""
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute(WAITS_FOR_US)
            if cursor.fetchone()[0]:
                return


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by_time", [False, True], ids=["thrown away", "out of date"])
def test_an_import_confirmed_while_it_is_deleted_stays_and_is_written(site, by_time):
    job = previewed(text(HEADING, ROW))
    if by_time:
        PeopleImport.objects.update(created_at=timezone.now() - timedelta(days=8))
    with meanwhile(services.erase_old if by_time else lambda: services.cancel(job)) as start:
        assert confirm(job)
        ended = start()
    assert not any(ended)
    services.run_waiting()
    job.refresh_from_db()
    assert (job.status, Person.objects.count()) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_on_one_import_one_writes_and_the_other_leaves_it(site, monkeypatch):
    job = previewed(text(HEADING, *[(f"Kari{n}", "Li", f"k{n}@x.example", "", "") for n in range(6)]))
    confirm(job)
    monkeypatch.setattr(writing, "BATCH", 2)
    told: list[tuple[int, int]] = []

    def other(done: int, total: int) -> None:
        thread = threading.Thread(target=lambda: (services.run_waiting(), connection.close()))
        before = Person.objects.count()
        thread.start()
        thread.join(30)
        told.append((Person.objects.count() - before, done))

    services.run(job, other)
    assert told == [(0, 2), (0, 4), (0, 6)]
    job.refresh_from_db()
    assert (job.status, job.done, Person.objects.count()) == ("done", 6, 6)


@pytest.mark.django_db
def test_an_import_that_was_finished_and_thrown_away_meanwhile_stops_none_of_the_others():
    gone, job = previewed(text(HEADING, ROW)), previewed(text(HEADING, ROW))
    services.cancel(PeopleImport.objects.get(pk=gone.pk))
    services.run(gone)
    assert job.rows.count() == 1


@pytest.mark.django_db
def test_a_worker_killed_while_it_cleans_a_file_leaves_it_to_the_next(site, monkeypatch):
    services.start(text(HEADING, ROW), "a.csv", importer())
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    clean = scrubbing.without_erased

    def killed(*args):
        raise SystemExit("killed")

    monkeypatch.setattr(scrubbing, "without_erased", killed)
    with pytest.raises(SystemExit):
        services.run_waiting()
    assert ImportFile.objects.get().may_name_erased
    monkeypatch.setattr(scrubbing, "without_erased", clean)
    services.run_waiting()
    assert b"kari@ous.example" not in bytes(ImportFile.objects.get().content)


@pytest.mark.django_db(transaction=True)
def test_whoever_erases_somebody_waits_for_no_file_that_is_searched_and_it_is_searched_again(
    site, monkeypatch
):
    per = ("Per", "Dal", "per@ous.example", "", "")
    services.start(text(HEADING, ROW, per), "a.csv", importer())
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    second = Person.objects.create(email="per@ous.example")
    clean, erased = scrubbing.without_erased, []

    def erase() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            erased.append(people_services.erase_person(second))
        finally:
            connection.close()

    def with_an_erasure(*args):
        found = clean(*args)
        thread = threading.Thread(target=erase)
        thread.start()
        thread.join(30)
        return found

    monkeypatch.setattr(scrubbing, "without_erased", with_an_erasure)
    services.run_waiting()
    assert len(erased) == 1
    assert ImportFile.objects.get().may_name_erased
    monkeypatch.setattr(scrubbing, "without_erased", clean)
    services.run_waiting()
    file = ImportFile.objects.get()
    assert not file.may_name_erased
    assert b"ous.example" not in bytes(file.content)


@pytest.mark.django_db
def test_another_sheet_chosen_while_a_file_is_searched_is_the_one_that_is_kept(site, monkeypatch):
    per = ("Per", "Dal", "per@ous.example", "", "")
    job = services.start(sheets(A=[HEADING, ROW], B=[HEADING, ROW, per]), "a.xlsx", importer(), "A")
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    clean = scrubbing.without_erased

    def with_a_choice(*args):
        found = clean(*args)
        assert services.choose_sheet(job, "B")
        return found

    monkeypatch.setattr(scrubbing, "without_erased", with_a_choice)
    services.run_waiting()
    monkeypatch.setattr(scrubbing, "without_erased", clean)
    services.run_waiting()
    kept = bytes(ImportFile.objects.get().content)
    assert b"per@ous.example" in kept
    assert b"kari@ous.example" not in kept


@pytest.mark.django_db
def test_a_file_that_cannot_be_cleaned_for_an_error_of_ours_holds_up_no_other_import(site, monkeypatch):
    services.start(text(HEADING, ROW), "a.csv", importer())
    people_services.erase_person(Person.objects.create(email="kari@ous.example"))
    monkeypatch.setattr(scrubbing, "without_erased", lambda *args: 1 / 0)
    assert written(text(HEADING, ("Per", "Dal", "per@ous.example", "", ""))).status == "done"


@pytest.mark.django_db
def test_an_error_of_ours_while_a_file_is_read_keeps_nothing_of_it_and_says_what_to_do(monkeypatch):
    job = services.start(text(HEADING, ROW), "a.csv", importer())
    services.settle_columns(job, job.mapping)
    monkeypatch.setattr(services, "read_entry", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.run_waiting()
    job.refresh_from_db()
    assert (job.status, job.rows.count(), ImportFile.objects.count()) == ("failed", 0, 0)
    assert job.failure.endswith("Velg filen på nytt.")


@pytest.mark.django_db
def test_an_import_that_stopped_keeps_its_figures_when_its_rows_are_erased_and_cannot_go_on():
    job = previewed(text(HEADING, ROW))
    PeopleImport.objects.update(status="failed")
    job.refresh_from_db()
    assert services.may_go_on(job)
    job.rows.all().delete()
    assert not services.may_go_on(job)
    assert not confirm(job)
    job.refresh_from_db()
    assert (job.status, job.counts["new"]) == ("failed", 1)


@pytest.mark.django_db
def test_nobody_subscribes_people_by_confirming_what_another_chose(site):
    series = SeriesFactory()
    job = previewed(text(HEADING, ROW), choices=[f"series-{series.pk}"], basis="Liste fra foretaket")
    plain = importer("konsulent@tjenesten.example")
    plain.is_superuser = False
    with pytest.raises(MayNotSubscribe, match="Den må bekreftes av noen som kan det"):
        confirm(job, plain)
    assert PeopleImport.objects.get().status == "previewed"
    adviser = importer("radgiver@tjenesten.example")
    assert confirm(job, adviser)
    services.run_waiting()
    assert Subscription.objects.count() == 1
    assert PeopleImport.objects.get().confirmed_by == adviser
