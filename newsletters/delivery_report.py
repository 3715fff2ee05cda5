"""The report of a delivery as a table: each receiver with outcome and the mail server's answer."""

import csv
from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.spreadsheets import harmless
from newsletters.models import Recipient

BATCH = 2000


class _Line:
    """Takes what the csv module writes and hands it back."""

    def write(self, text: str) -> str:
        return text


def report_lines(rows: QuerySet[Recipient]) -> Iterator[str]:
    """Yield the table line by line, so that a hundred thousand receivers need no memory; first Excel's UTF-8 mark."""
    headings = [
        _("Address"),
        _("Outcome"),
        _("Uncertain"),
        _("Code"),
        _("The mail server's answer"),
        _("Attempts"),
        _("Sent"),
        "Message-ID",
    ]
    yes = _("Yes")
    labels = {status.value: str(status.label) for status in Recipient.Status}
    return _lines(rows, headings, yes, labels, translation.get_language())


def _lines(
    rows: QuerySet[Recipient], headings: list[str], yes: str, labels: dict[str, str], language: str
) -> Iterator[str]:
    # The lines are made when the request's language is no longer in force: words are translated before, answers by it.
    writer = csv.writer(_Line(), delimiter=";", lineterminator="\r\n")
    yield "\ufeff" + writer.writerow(headings)
    for row in rows.iterator(chunk_size=BATCH):
        with translation.override(language):
            address, answer = row.shown_email, row.answer
        cells = [
            address,
            labels[row.status],
            yes if row.is_uncertain else "",
            row.smtp_code or "",
            answer,
            row.attempts,
            _moment(row.sent_at),
            row.message_id,
        ]
        yield writer.writerow([harmless(cell) for cell in cells])


def _moment(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
