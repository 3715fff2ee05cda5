"""The report of a letter, mailed when the statistics close."""

import logging
from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from newsletters.closing import waiting_reports
from newsletters.figure_text import decimal, number, people_text, rate_text
from newsletters.figure_words import comparison_words, measuring_words
from newsletters.mails import send_system_mail
from newsletters.models import Delivery, DeliveryStatistics
from newsletters.statistics import LetterFigures

logger = logging.getLogger(__name__)


def mail_waiting_reports() -> int:
    """Mail the report of every closed letter that has not had its own; return how many."""
    mailed = 0
    for waiting in list(waiting_reports().values_list("pk", flat=True)):
        with transaction.atomic():
            statistics = (
                DeliveryStatistics.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(pk=waiting, report_mailed_at=None)
                .first()
            )
            if statistics is None:
                continue
            _mail_report(statistics.delivery)
            DeliveryStatistics.objects.filter(pk=waiting).update(report_mailed_at=timezone.now())
            mailed += 1
    return mailed


def report_receivers(delivery: Delivery) -> list[str]:
    """Return who gets the report: who sent the letter, and where the series' replies go."""
    sender = delivery.created_by.email if delivery.created_by and delivery.created_by.is_active else ""
    series = delivery.series
    return list(
        dict.fromkeys(address for address in (sender, series.reply_to or series.sender_email) if address)
    )


def key_figures(figures: LetterFigures) -> list[tuple[str, str]]:
    """Return the letter's main figures, named and written as Norwegians read them."""
    totals = figures.totals
    rows = [
        (_("Receivers"), number(totals.recipients)),
        (_("Delivered"), number(totals.delivered)),
        (_("Failed"), number(totals.failed)),
        (_("Bounced"), number(totals.bounced)),
        (_("Unsubscribed"), number(totals.unsubscribed)),
    ]
    if not figures.is_measured:
        return rows
    rows += [
        (_("Clicks by people"), number(totals.clicks)),
        (_("Clicks by machines"), number(totals.machine_clicks)),
        (_("Automatic opens"), number(totals.machine_opens)),
    ]
    if figures.clicks_per_delivered is not None:
        rows.append((_("Clicks per 100 delivered"), decimal(figures.clicks_per_delivered)))
    rows += [
        (_("Measured people"), people_text(totals.consenting)),
        (_("Unique click rate among the measured"), rate_text(figures.click_rate)),
        (_("Unique open rate among the measured (estimate)"), rate_text(figures.open_rate)),
    ]
    return rows


def _mail_report(delivery: Delivery) -> None:
    figures = LetterFigures(delivery)
    with translation.override("nb"):
        links = sorted(figures.links, key=lambda row: -row.clicks)[:5]
        context = {
            "delivery": delivery,
            "rows": key_figures(figures),
            "links": [link for link in links if link.clicks],
            "comparison": comparison_words(figures, figures.earlier),
            "measuring": measuring_words(figures),
            "path": reverse("newsletters_statistics:letter", args=[delivery.pk]),
        }
        subject = _("Figures of %(letter)s") % {"letter": delivery.subject or delivery.letter}
        try:
            send_system_mail("report", subject, report_receivers(delivery), context)
        except SMTPRecipientsRefused as error:
            logger.warning("The report of delivery %s was refused: %s", delivery.pk, error.recipients)
