"""Counting views and downloads per day. No address, no reader, robots left out."""

from datetime import date

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.page_store import page_store

ADD_VIEWS = """
INSERT INTO core_pageviewcount (page_id, date, views)
SELECT p.id, %s, %s FROM wagtailcore_page p WHERE p.id = %s
ON CONFLICT (page_id, date) DO UPDATE SET views = core_pageviewcount.views + EXCLUDED.views
"""
ADD_DOWNLOAD = """
INSERT INTO core_documentdownloadcount (document_id, date, downloads) VALUES (%s, %s, 1)
ON CONFLICT (document_id, date) DO UPDATE SET downloads = core_documentdownloadcount.downloads + 1
"""


def count_view(page_id: int) -> None:
    """Count one view of a page today. A view that cannot be counted never stops the page."""
    today = timezone.localdate()
    if page_store().add_views(f"{today}|{page_id}"):
        return
    try:
        _add_views(today, page_id, 1)
    except DatabaseError:
        return


def _add_views(day: date, page_id: int, views: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD_VIEWS, [day, views, page_id])


def write_waiting_views() -> int:
    """Move the views that wait in Redis to their rows; returns how many there were. None is lost on a failure."""
    waiting = page_store().take_views()
    try:
        with transaction.atomic():
            for field, views in waiting.items():
                day, page_id = field.split("|")
                _add_views(date.fromisoformat(day), int(page_id), views)
    except DatabaseError:
        page_store().give_back_views(waiting)
        raise
    return sum(waiting.values())


def count_download(document_id: int) -> None:
    """Count one download of a document today."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD_DOWNLOAD, [document_id, timezone.localdate()])
