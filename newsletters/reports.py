"""The report of a letter, mailed when the statistics close: the figures in the mail, all of them as PDF beside it."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.address_words import address_words
from newsletters.closing import waiting_reports
from newsletters.figure_words import comparison_words, key_figures, measuring_words
from newsletters.mails import Attachment, send_system_mail
from newsletters.models import Delivery
from newsletters.posting import send_waiting
from newsletters.report_files import PdfMissing, pdf_file
from newsletters.statistics import LetterFigures

logger = logging.getLogger(__name__)
# A report that has not left after so long is told of, and one that was given up for so long.
LATE, TOLD_FOR = timedelta(days=1), timedelta(days=14)


def mail_waiting_reports() -> int:
    """Mail the report of every closed letter that has not had its own; return how many. Several workers mail one once.

    Raises OSError when there is no mail server; whatever waits is mailed the next time.
    """
    return send_waiting(
        waiting_reports(),
        lambda statistics, ready: _mail_report(statistics.delivery, ready),
        "report_mailed_at",
    )


def unmailed_reports() -> QuerySet[Delivery]:
    """Closed deliveries whose report does not leave, or was given up lately."""
    now = timezone.now()
    late = Q(statistics__gave_up_at=None, statistics_closed_at__lte=now - LATE)
    given_up = Q(statistics__gave_up_at__gt=now - TOLD_FOR, statistics_closed_at__isnull=False)
    unmailed = Delivery.objects.filter(statistics__isnull=False, statistics__report_mailed_at=None)
    return unmailed.filter(late | given_up).select_related("letter", "series")


def report_receivers(delivery: Delivery) -> list[str]:
    """Return who gets the report: who sent the letter, and where the series' replies go."""
    sender = delivery.created_by.email if delivery.created_by and delivery.created_by.is_active else ""
    series = delivery.series
    return list(
        dict.fromkeys(address for address in (sender, series.reply_to or series.sender_email) if address)
    )


def _mail_report(delivery: Delivery, ready: Callable[[], None]) -> None:
    figures = LetterFigures(delivery)
    with translation.override("nb"):
        links = sorted(figures.links, key=lambda row: -row.clicks)[:5]
        attachments = _attachments(figures)
        context = {
            "delivery": delivery,
            "rows": key_figures(figures),
            "links": [link for link in links if link.clicks],
            "comparison": comparison_words(figures, figures.earlier),
            "measuring": measuring_words(figures),
            "path": reverse("newsletters_statistics:letter", args=[delivery.pk]),
            "has_file": bool(attachments),
        }
        subject = _("Figures of %(letter)s") % {"letter": delivery.subject or delivery.letter}
        sender = delivery.sender_email or delivery.series.sender_email
        headers = {"Message-ID": f"<report.{delivery.key.hex}@{sender.rpartition('@')[2]}>"}
        receivers = report_receivers(delivery)
        send_system_mail(
            "report", subject, receivers, context, headers=headers, attachments=attachments, ready=ready
        )


def _attachments(figures: LetterFigures) -> list[Attachment]:
    """Return the report as PDF; the mail goes without it where nothing can draw one."""
    delivery = figures.delivery
    try:
        content = pdf_file(figures)
    except PdfMissing:
        return []
    except (
        Exception
    ):  # the figures stand in the mail; whatever is wrong with the drawing must not hold them back
        logger.exception("The report of delivery %d could not be drawn as PDF.", delivery.pk)
        return []
    return [
        (f"{address_words(str(delivery.letter)) or 'brev'}-{delivery.pk}.pdf", content, "application/pdf")
    ]
