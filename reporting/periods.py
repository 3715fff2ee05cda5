"""Periods that reports look back over."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# The standard period is the empty choice.
STANDARD = 30
STANDARD_LABEL = _("The last 30 days")
CHOICES = [
    ("7", _("The last 7 days")),
    ("90", _("The last 90 days")),
    ("365", _("The last year")),
    ("alt", _("As far back as we count")),
]
# Longer periods are drawn by month, shorter ones by day.
LONGEST_BY_DAY = 31


@dataclass(frozen=True)
class Period:
    """From a day, to and with today; `start` is None for everything."""

    start: date | None
    end: date

    @property
    def by_month(self) -> bool:
        """Whether a chart of the period has a bar per month."""
        return self.start is None or (self.end - self.start).days > LONGEST_BY_DAY

    def limits(self, field: str) -> dict[str, date]:
        """Return the period as conditions on a date field."""
        limits = {f"{field}__lte": self.end}
        return limits | {f"{field}__gte": self.start} if self.start else limits


def read_period(value: str | None) -> Period:
    """Return the chosen period; none, or an unknown one, is the standard."""
    today = timezone.localdate()
    if value == "alt":
        return Period(None, today)
    known = {choice for choice, _label in CHOICES}
    days = int(value) if value in known else STANDARD
    return Period(today - timedelta(days=days - 1), today)
