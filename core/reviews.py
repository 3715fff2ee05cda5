"""Pages past their review date: who is told, and how."""

from collections import defaultdict
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from core.identity import service_name, service_settings
from core.models import ContentPage

# How long before the date a page is shown as one to look at soon, in days.
SOON_DAYS = 30


def overdue_pages() -> QuerySet[ContentPage]:
    """Return published pages whose review date has passed, the oldest first."""
    pages = ContentPage.objects.live().filter(review_by__lt=timezone.localdate())
    return pages.select_related("responsible_role", "content_type").order_by("review_by", "title")


def due_pages() -> QuerySet[ContentPage]:
    """Return published pages to review now or within `SOON_DAYS`."""
    limit = timezone.localdate() + timedelta(days=SOON_DAYS)
    pages = ContentPage.objects.live().filter(review_by__lte=limit)
    return pages.select_related("responsible_role", "content_type").order_by("review_by", "title")


def send_review_mails() -> int:
    """Mail each responsible role its overdue pages, and the address in the settings all of them.

    Returns the number of mails. A role without an address is covered by the address in the settings alone.
    """
    pages = list(overdue_pages())
    lists: dict[str, list[ContentPage]] = defaultdict(list)
    for page in pages:
        if page.responsible_role and page.responsible_role.email:
            lists[page.responsible_role.email.lower()].append(page)
    found = service_settings()
    if pages and found and found.review_mail_to:
        lists[found.review_mail_to.lower()] = pages
    with get_connection() as connection:
        for address, own in lists.items():
            _mail(address, own).send_with(connection)
    return len(lists)


class _ReviewMail(EmailMultiAlternatives):
    def send_with(self, connection) -> None:
        """Send over a connection that is open already."""
        self.connection = connection
        self.send()


def _mail(address: str, pages: list[ContentPage]) -> _ReviewMail:
    rows = [
        {
            "title": page.title,
            "review_by": page.review_by,
            "role": page.responsible_role,
            "edit": settings.SITE_URL + reverse("wagtailadmin_pages:edit", args=[page.pk]),
        }
        for page in pages
    ]
    context = {
        "rows": rows,
        "service": service_name(),
        "report": settings.SITE_URL + reverse("core_reports:overdue"),
    }
    subject = ngettext(
        "%(number)d page is waiting for review", "%(number)d pages are waiting for review", len(rows)
    ) % {"number": len(rows)}
    text = render_to_string("core/mail/overdue.txt", context)
    mail = _ReviewMail(subject, text, None, [address], headers={"Auto-Submitted": "auto-generated"})
    mail.attach_alternative(render_to_string("core/mail/overdue.html", context), "text/html")
    return mail
