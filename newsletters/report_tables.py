"""A letter's figures as tables for files: numbers as numbers, hours as times, small cells hidden as on the page."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.small_groups import FEWEST, Rate
from newsletters.statistics import Breakdown, LetterFigures

# What a cell may hold; None stands for nothing.
Cell = str | int | float | datetime | None


class Share(float):
    """A share between 0 and 1 that is shown in per cent."""


@dataclass(frozen=True)
class Table:
    """A heading, the names of the columns, and rows; the first column says what a row is about."""

    name: str
    title: str
    headings: list[str]
    rows: list[list[Cell]]


def tables(figures: LetterFigures) -> list[Table]:
    """Return the letter's tables in the order of its page; those without rows are left out."""
    found = [summary(figures), links(figures), hours(figures)]
    found += [breakdown_table(figures, breakdown) for breakdown in figures.breakdowns]
    found.append(comparison(figures.earlier))
    return [table for table in found if table.rows]


def summary(figures: LetterFigures) -> Table:
    """The letter's main figures; rates with their interval and the number of people behind them."""
    totals = figures.totals
    rows: list[list[Cell]] = [
        [_("Receivers"), totals.recipients],
        [_("Delivered"), totals.delivered],
        [_("Failed"), totals.failed],
        [_("Bounced"), totals.bounced],
        [_("Unsubscribed"), totals.unsubscribed],
    ]
    if figures.is_measured:
        rows += [
            [_("Clicks by people"), totals.clicks],
            [_("Clicks by machines"), totals.machine_clicks],
            [_("Automatic opens"), totals.machine_opens],
            [_("Clicks per 100 delivered"), _rounded(figures.clicks_per_delivered)],
            [_("Measured people"), _people(totals.consenting)],
            [_("Unique click rate among the measured"), *_rate(figures.click_rate)],
            [_("Unique open rate among the measured (estimate)"), *_rate(figures.open_rate)],
        ]
    headings = [_("Figure"), _("Value"), _("95 % interval, from"), _("95 % interval, to"), _("Number (n)")]
    return Table("summary", _("Summary"), headings, [_filled(row, len(headings)) for row in rows])


def links(figures: LetterFigures) -> Table:
    """The letter's links in its order, with each one's share of all clicks by people."""
    clicks = figures.totals.clicks
    rows: list[list[Cell]] = [
        [
            f"{link.number}. {link.label}",
            link.clicks,
            Share(link.clicks / clicks) if clicks else None,
            link.machine_clicks,
            link.url,
        ]
        for link in figures.links
    ]
    headings = [
        _("Link"),
        _("Clicks by people"),
        _("Share of the clicks"),
        _("Clicks by machines"),
        _("Address"),
    ]
    return Table("links", _("Links"), headings, rows)


def hours(figures: LetterFigures) -> Table:
    """The hours in which somebody clicked or opened, in local time."""
    rows: list[list[Cell]] = [
        [
            timezone.localtime(row.hour).replace(tzinfo=None),
            row.clicks,
            _("under 5") if row.opens is None else row.opens,
        ]
        for row in figures.timeline
    ]
    return Table("hours", _("Hour by hour"), [_("Hour"), _("Clicks by people"), _("Opens (estimate)")], rows)


def breakdown_table(figures: LetterFigures, breakdown: Breakdown) -> Table:
    """Deliveries by one thing about the receivers; with consent also how many of them opened and clicked."""
    headings = [breakdown.title, _("Delivered")]
    if not figures.knows_people:
        return Table(
            breakdown.name,
            breakdown.title,
            headings,
            [[cell.label, _shown(cell.delivered)] for cell in breakdown.cells],
        )
    headings += [_("Measured people"), _("Opened (estimate)"), _("Clicked"), _("Unique click rate")]
    headings += [_("95 % interval, from"), _("95 % interval, to")]
    rows: list[list[Cell]] = [
        [cell.label, *map(_shown, cell.figures), *_rate(cell.click_rate)[:3]] for cell in breakdown.cells
    ]
    return Table(breakdown.name, breakdown.title, headings, [_filled(row, len(headings)) for row in rows])


def comparison(letters: list[LetterFigures]) -> Table:
    """Letters under each other, oldest first."""
    rows: list[list[Cell]] = []
    for row in letters:
        started = row.delivery.started_at
        rows.append(
            [
                row.letter_name,
                timezone.localtime(started).replace(tzinfo=None) if started else None,
                row.totals.delivered,
                row.totals.unsubscribed,
                _rounded(row.clicks_per_delivered),
                _rate(row.click_rate)[0] if row.is_measured else None,
                _rate(row.open_rate)[0] if row.is_measured else None,
            ]
        )
    headings = [
        _("Letter"),
        _("Sent"),
        _("Delivered"),
        _("Unsubscribed"),
        _("Clicks per 100 delivered"),
        _("Unique click rate"),
        _("Unique open rate (estimate)"),
    ]
    return Table("comparison", _("The series' letters"), headings, rows)


def _rate(rate: Rate | None) -> list[Cell]:
    """Return share, interval and number of people; a hidden rate keeps its number only where that is large enough."""
    if rate is None or rate.is_hidden:
        return [_("hidden"), None, None, _people(rate.of) if rate else None]
    low, high = rate.interval
    return [Share(rate.percent / 100), Share(low / 100), Share(high / 100), rate.of]


def _people(people: int) -> Cell:
    return _("under 5") if 0 < people < FEWEST else people


def _shown(figure: int | None) -> Cell:
    """A hidden cell may hold more than five: it may be hidden for another one's sake."""
    return _("hidden") if figure is None else figure


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 1)


def _filled(row: list[Cell], length: int) -> list[Cell]:
    return row + [None] * (length - len(row))
