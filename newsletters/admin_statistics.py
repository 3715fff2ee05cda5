"""The admin's pages of letter figures: all letters, one letter, a series' trend, a table; the home panel."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import include, path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from core.panels import HomePanel, register_home_panel
from newsletters.admin import figures as files
from newsletters.admin.figures import PERMISSION, require_right, shown_delivery
from newsletters.closing import days_open
from newsletters.figure_text import interval_text, share_text
from newsletters.figure_words import comparison_words, key_figures, measuring_words
from newsletters.models import Series
from newsletters.statistics import LetterFigures, figures_of, sent_deliveries, series_trend
from newsletters.statistics_charts import link_chart, short_name, timeline_chart, trend_chart

PER_PAGE = 30
# More letters than this beside each other cannot be read on a screen or a sheet of paper.
MOST_COMPARED = 6
OFFERED = 24


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the letters that have been sent, newest first, with their main figures."""
    require_right(request)
    series = (
        Series.objects.filter(pk=request.GET["series"]).first() if _is_number(request, "series") else None
    )
    deliveries = sent_deliveries().filter(series=series) if series else sent_deliveries()
    page = Paginator(deliveries, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "rows": figures_of(page.object_list),
        "page": page,
        "all_series": Series.objects.all(),
        "series": series,
        **_headings(_t("Figures of letters")),
    }
    return render(request, "newsletters/admin/statistics_index.html", context)


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one delivery's figures."""
    require_right(request)
    delivery = shown_delivery(pk)
    figures = LetterFigures(delivery)
    earlier = figures.earlier
    measuring, measuring_sentences = measuring_words(figures)
    context = {
        "delivery": delivery,
        "figures": figures,
        "key_figures": key_figures(figures),
        "click_interval": interval_text(figures.click_rate),
        "open_interval": interval_text(figures.open_rate),
        "timeline_chart": timeline_chart(figures),
        "link_chart": link_chart(figures),
        "earlier": earlier if len(earlier) > 1 else [],
        "comparison": comparison_words(figures, earlier),
        "measuring": measuring,
        "measuring_sentences": measuring_sentences,
        "map_rows": [(row, share_text(row.clicks, figures.totals.clicks)) for row in figures.links],
        "days_open": days_open(),
        "other_deliveries": delivery.letter.deliveries.exclude(pk=pk).filter(started_at__isnull=False),
        **_headings(_t("Figures of the letter"), f"{short_name(delivery)}, {delivery.series.name}"),
    }
    return render(request, "newsletters/admin/statistics_letter.html", context)


@require_safe
def series_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how a series' letters have done over time."""
    require_right(request)
    series = get_object_or_404(Series, pk=pk)
    rows = series_trend(series)
    context = {
        "series": series,
        "rows": rows,
        "chart": trend_chart(rows),
        **_headings(_t("Figures of the series"), series.name),
    }
    return render(request, "newsletters/admin/statistics_series.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Show chosen letters side by side; without a choice, let one be made."""
    require_right(request)
    # Longer numbers are no letter's, and the database would refuse them.
    chosen = [int(told) for told in request.GET.getlist("brev") if told.isdecimal() and len(told) < 10]
    found = figures_of(sent_deliveries().filter(pk__in=chosen[:MOST_COMPARED]))[::-1] if chosen else []
    told = [dict(key_figures(row)) for row in found]
    names = list(dict.fromkeys(name for row in told for name in row))
    context = {
        "letters": found,
        "lines": [(name, [row.get(name, "–") for row in told]) for name in names],
        "chart": trend_chart(found, "bar"),
        "rows": [] if len(found) > 1 else figures_of(sent_deliveries()[:OFFERED]),
        "chosen": chosen,
        "too_many": len(chosen) > MOST_COMPARED,
        "most": MOST_COMPARED,
        **_headings(_t("Letters side by side")),
    }
    return render(request, "newsletters/admin/statistics_compare.html", context)


def _is_number(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name, "").isdecimal()


def _headings(title: str, subtitle: str = "") -> dict[str, str]:
    full = f"{title}: {subtitle}" if subtitle else title
    return {"page_title": title, "page_subtitle": subtitle, "header_title": full, "header_icon": "chart-line"}


class StatisticsMenuItem(MenuItem):
    """The figures in the reports menu, for those who may see them."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Advisers, administrators, readers of reports."""
        return request.user.has_perm(PERMISSION)


@hooks.register("register_reports_menu_item")
def menu_item() -> StatisticsMenuItem:
    """Put the figures among the reports."""
    return StatisticsMenuItem(
        _("Figures of letters"), reverse("newsletters_statistics:index"), icon_name="mail", order=50
    )


@hooks.register("register_admin_urls")
def statistics_pages() -> list:
    """The addresses of the figures."""
    pages = [
        path("", index, name="index"),
        path("<int:pk>/", letter, name="letter"),
        path("<int:pk>/csv/", files.csv_download, name="download"),
        path("<int:pk>/excel/", files.excel_download, name="excel"),
        path("<int:pk>/pdf/", files.pdf_download, name="pdf"),
        path("<int:pk>/kart/", files.link_map, name="link_map"),
        path("sammenlign/", compare, name="compare"),
        path("serie/<int:pk>/", series_page, name="series"),
    ]
    return [path("brev/tall/", include((pages, "newsletters_statistics")))]


@register_home_panel
class LatestLetterPanel(HomePanel):
    """How the latest letter has done."""

    order = 350
    template_name = "newsletters/admin/panel_letter.html"

    def is_shown(self) -> bool:
        """For those who may see the figures."""
        return self.request.user.has_perm(PERMISSION)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The newest delivery and its figures, in one query."""
        found = figures_of(sent_deliveries()[:1])
        if not found:
            return {"figures": None}
        return {
            "figures": found[0],
            "click_interval": interval_text(found[0].click_rate),
            "open_interval": interval_text(found[0].open_rate),
        }
