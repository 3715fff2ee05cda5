"""Jobs of the register; what waits is found by query, so a lost message costs half a minute."""

from celery import shared_task

from directory.imports import services


@shared_task
def run_imports() -> None:
    """Read and write the imports of people that wait."""
    services.run_waiting()


@shared_task
def erase_old_imports() -> None:
    """Delete files and rows that have been kept long enough."""
    services.erase_old()
