"""Periodic jobs for editors: timed publishing, reminders of reviews, links."""

from celery import shared_task
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from core import links_check, reviews
from core.models import ContentPage

PAGES_PER_JOB = 50
SIX_DAYS = 6 * 24 * 3600


@shared_task
def publish_scheduled() -> None:
    """Publish and take down what is due."""
    call_command("publish_scheduled", verbosity=0)


@shared_task
def send_review_mails() -> int:
    """Mail the overdue pages, once a week even when the job runs twice."""
    year, week, _day = timezone.localdate().isocalendar()
    if not cache.add(f"review-mails:{year}-{week}", 1, SIX_DAYS):
        return 0
    return reviews.send_review_mails()


@shared_task
def check_links() -> None:
    """Hand out all published pages in portions, so that a slow web site delays few."""
    keys = list(ContentPage.objects.live().order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PAGES_PER_JOB):
        check_links_of.delay(keys[start : start + PAGES_PER_JOB])


@shared_task
def check_links_of(page_ids: list[int]) -> int:
    """Check the links of these pages."""
    return links_check.check_pages(ContentPage.objects.live().filter(pk__in=page_ids))
