"""The drawings of letter figures: hour by hour, link by link, letter by letter. A table stands beside each of them."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.charts import draw
from newsletters.models import Delivery
from newsletters.statistics import LetterFigures

# The timeline is drawn for so long after the letter was sent; the table beside it holds the rest (hours).
DRAWN_HOURS = 72
DRAWN_LINKS = 12


class ChartTable(dict):
    """A table for `core.charts.draw`: title, kind, unit and summary as keys."""

    def __init__(
        self, title: str, kind: str, names: list[str], rows: list[tuple[str, list]], unit: str = ""
    ) -> None:
        super().__init__(title=title, kind=kind, unit=unit)
        self.series_names = names
        self.table = rows


def timeline_chart(figures: LetterFigures) -> SafeString | str:
    """Draw clicks hour by hour for the first three days, quiet hours included; opens too where no hour is hidden."""
    known = {row.hour: row for row in figures.timeline}
    if not known:
        return ""
    first = min(known)
    last = min(max(known), first + timedelta(hours=DRAWN_HOURS))
    with_opens = all(row.opens is not None for row in known.values()) and any(
        row.opens for row in known.values()
    )
    rows = []
    hour = first
    while hour <= last:
        row = known.get(hour)
        label = date_format(timezone.localtime(hour), "j.n. H")
        drawn = [row.clicks, row.opens or 0] if row else [0, 0]
        rows.append((label, drawn if with_opens else drawn[:1]))
        hour += timedelta(hours=1)
    names = [_("Clicks"), _("Opens (estimate)")] if with_opens else [_("Clicks")]
    title = _("Clicks and opens per hour") if with_opens else _("Clicks per hour")
    return draw(ChartTable(title, "line", names, rows))


def link_chart(figures: LetterFigures) -> SafeString | str:
    """Draw the most clicked links."""
    links = sorted(figures.links, key=lambda link: -link.clicks)[:DRAWN_LINKS]
    rows = [
        (f"{link.number}. {Truncator(link.label).chars(28)}", [link.clicks]) for link in links if link.clicks
    ]
    return draw(ChartTable(_("Clicks per link"), "bar", [_("Clicks")], rows)) if rows else ""


def trend_chart(rows: list[LetterFigures], kind: str = "line") -> SafeString | str:
    """Draw clicks per hundred delivered and the unique click rate, letter by letter."""
    drawn = [row for row in rows if row.clicks_per_delivered is not None]
    if len(drawn) < 2:
        return ""
    labels = own_labels([row.delivery for row in drawn])
    points = [
        (label, [row.clicks_per_delivered, None if row.click_rate.is_hidden else row.click_rate.percent])
        for label, row in zip(labels, drawn, strict=True)
    ]
    names = [_("Clicks per 100 delivered"), _("Unique click rate (%)")]
    return draw(ChartTable(_("Letter by letter"), kind, names, points))


def short_name(delivery: Delivery) -> str:
    """Return "3/2026", the letter's number and year."""
    return f"{delivery.letter.number}/{delivery.letter.year}"


def own_labels(deliveries: list[Delivery]) -> list[str]:
    """Return a label for each delivery, all different: the drawing adds up what has the same label."""
    names_series = len({delivery.series_id for delivery in deliveries}) > 1
    labels = [
        f"{short_name(delivery)} {delivery.series.name}" if names_series else short_name(delivery)
        for delivery in deliveries
    ]
    for mark in (_day, _serial):
        counts = Counter(labels)
        labels = [
            f"{label}, {mark(delivery)}" if counts[label] > 1 else label
            for label, delivery in zip(labels, deliveries, strict=True)
        ]
    return labels


def _day(delivery: Delivery) -> str:
    return date_format(timezone.localtime(delivery.started_at), "j.n.Y") if delivery.started_at else "–"


def _serial(delivery: Delivery) -> str:
    return f"#{delivery.pk}"
