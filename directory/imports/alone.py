"""One worker at a time for each import."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from directory.models import PeopleImport

LOCK_SPACE = 0x494D504F  # a number nobody else uses for advisory locks


@contextmanager
def alone(job: PeopleImport) -> Iterator[bool]:
    """Hold an import for this connection: yields whether it was free. The database frees it if the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job.pk])
        free = cursor.fetchone()[0]
    try:
        yield free
    finally:
        if free and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job.pk])
