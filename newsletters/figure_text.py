"""Figures of letters written as Norwegians read them."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.small_groups import FEWEST, Rate


def number(figure: int) -> str:
    """Return a whole number with thin groups: "1 732"."""
    return f"{figure:,}".replace(",", "\u00a0")


def decimal(figure: float) -> str:
    """Return a number with one decimal: "30,5", "−0,3"."""
    return f"{figure:.1f}".replace(".", ",").replace("-", "−")


def people_text(people: int) -> str:
    """Return how many people it is; a number from one to four is hidden."""
    return _("under 5") if 0 < people < FEWEST else number(people)


def rate_text(rate: Rate) -> str:
    """Return "31,4 % (95 % interval 22,1–42,3; n = 86)", or that it is hidden."""
    return interval_text(rate) if rate.is_hidden else f"{decimal(rate.percent)} % ({interval_text(rate)})"


def interval_text(rate: Rate) -> str:
    """Return "95 % interval 22,1–42,3; n = 86", or why there is none."""
    if rate.of == 0:
        return _("nobody is measured")
    if rate.of < FEWEST:
        return _("hidden: fewer than five people")
    if rate.is_hidden:
        return _("hidden: fewer than five did, or fewer than five did not")
    low, high = rate.interval
    return _("95 %% interval %(low)s–%(high)s; n = %(n)s") % {
        "low": decimal(low),
        "high": decimal(high),
        "n": number(rate.of),
    }


def share_text(clicks: int, of: int) -> str:
    """Return "17 clicks · 8,1 %": a link's clicks and its share of all clicks by people."""
    words = ngettext("%(count)s click", "%(count)s clicks", clicks) % {"count": number(clicks)}
    return f"{words} · {decimal(100 * clicks / of)}\u00a0%" if of else words
