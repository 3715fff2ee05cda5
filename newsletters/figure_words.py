"""A letter's figures in words: the main ones, what they can and cannot tell, and how it did beside earlier letters."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.figure_text import decimal, number, people_text, rate_text
from newsletters.small_groups import Rate
from newsletters.statistics import LetterFigures


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


def measuring_words(figures: LetterFigures) -> tuple[str, list[str]]:
    """Return the way the letter was measured: its name, and sentences on what the figures can and cannot tell."""
    mode = figures.delivery.measuring_mode
    if mode == "off":
        return _("Nothing was measured"), [
            _(
                "Measuring was off when the letter left: its links lead straight to their pages, and there are neither "
                "clicks nor opens. The figures tell only whether the letter arrived and who left the series."
            )
        ]
    opens = _(
        "Opens are an estimate: they are seen only where pictures are shown, and some mail programs fetch pictures by "
        "themselves. Such automatic opens, and clicks by mail scanners, are counted apart."
    )
    if mode == "anonymous":
        return _("Measured anonymously"), [
            _(
                "Each copy carried a random number that is not stored with its receiver. Unique figures cover "
                "everybody, but nobody can tell who opened or clicked, nor from which region or profession. A copy "
                "that was forwarded counts as the same reader."
            ),
            opens,
            _(
                "Groups of fewer than five people are hidden. How many opened or clicked is shown only where at least "
                "five did and at least five did not."
            ),
        ]
    return _("Measured with consent"), [
        _(
            "Clicks are counted for everyone, without knowing who. They tell what readers went on to, not how many "
            "readers it was."
        ),
        _(
            "Unique rates come from those who said yes to measuring (%(number)s receivers). They may differ from the "
            "others; the 95 %% interval says only how much chance can have moved the rate."
        )
        % {"number": people_text(figures.totals.consenting)},
        opens,
        _(
            "Groups of fewer than five people are hidden. How many opened or clicked is shown only where at least "
            "five did and at least five did not."
        ),
    ]


def comparison_words(figures: LetterFigures, series_letters: list[LetterFigures]) -> list[str]:
    """Return sentences on the difference from earlier letters of the series; [] when there is none to compare with."""
    letter = figures.delivery.letter_id
    before = [row for row in series_letters if row.delivery.letter_id != letter and row.totals.delivered]
    if not before or not figures.totals.delivered:
        return []
    words = [*_clicks(figures, before), *_click_rate(figures, before), _left(figures, before)]
    if figures.delivery.statistics_closed_at is None:
        words.append(_("The statistics are still open; the earlier letters had all their days to be read."))
    return words


def _clicks(figures: LetterFigures, before: list[LetterFigures]) -> list[str]:
    before = [row for row in before if row.is_measured]
    now = figures.clicks_per_delivered
    if now is None or not before:
        return []
    clicks, delivered = (sum(getattr(row.totals, name) for row in before) for name in ("clicks", "delivered"))
    usual = 100 * clicks / delivered
    told = {
        "now": decimal(now),
        "usual": decimal(usual),
        "gap": decimal(abs(now - usual)),
        "count": len(before),
    }
    if decimal(now) == decimal(usual):
        words = ngettext(
            "%(now)s clicks per 100 delivered: just as many as in the earlier letter.",
            "%(now)s clicks per 100 delivered: just as many as %(count)s earlier letters on average.",
            len(before),
        )
    elif now > usual:
        words = ngettext(
            "%(now)s clicks per 100 delivered: %(gap)s more than in the earlier letter (%(usual)s).",
            "%(now)s clicks per 100 delivered: %(gap)s more than %(count)s earlier letters on average (%(usual)s).",
            len(before),
        )
    else:
        words = ngettext(
            "%(now)s clicks per 100 delivered: %(gap)s fewer than in the earlier letter (%(usual)s).",
            "%(now)s clicks per 100 delivered: %(gap)s fewer than %(count)s earlier letters on average (%(usual)s).",
            len(before),
        )
    return [words % told]


def _click_rate(figures: LetterFigures, before: list[LetterFigures]) -> list[str]:
    """Compare with the earlier letters taken together: outside the interval, chance alone is an unlikely reason.

    A letter whose own rate is hidden stays out of it: the others' rates are shown, and would give it away.
    """
    mode = figures.delivery.measuring_mode
    before = [row for row in before if row.delivery.measuring_mode == mode and not row.click_rate.is_hidden]
    usual = Rate(sum(row.click_rate.hits for row in before), sum(row.click_rate.of for row in before))
    now = figures.click_rate
    if not figures.is_measured or now.is_hidden or usual.is_hidden:
        return []
    low, high = now.interval
    told = {
        "now": decimal(now.percent),
        "usual": decimal(usual.percent),
        "low": decimal(low),
        "high": decimal(high),
    }
    if low <= usual.percent <= high:
        words = _(
            "%(now)s %% of the measured clicked, against %(usual)s %% before. That lies within the 95 %% interval "
            "(%(low)s–%(high)s), so the difference may be chance."
        )
    elif now.percent > usual.percent:
        words = _(
            "%(now)s %% of the measured clicked, against %(usual)s %% before. That is more than chance would explain "
            "(95 %% interval %(low)s–%(high)s)."
        )
    else:
        words = _(
            "%(now)s %% of the measured clicked, against %(usual)s %% before. That is less than chance would explain "
            "(95 %% interval %(low)s–%(high)s)."
        )
    return [words % told]


def _left(figures: LetterFigures, before: list[LetterFigures]) -> str:
    usual = sum(row.totals.unsubscribed for row in before) / len(before)
    return _("Unsubscribed: %(now)s, against %(usual)s on average before.") % {
        "now": number(figures.totals.unsubscribed),
        "usual": decimal(usual),
    }
