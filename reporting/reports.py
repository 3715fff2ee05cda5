"""Reports of use: most read pages, downloads, feedback, and the portfolio of projects. All can be downloaded."""

import django_filters
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn

from core.models import PortalDocument
from core.reports import PageColumn, PortalReport
from reporting import figures
from reporting.drawings import Drawing
from reporting.periods import CHOICES, STANDARD_LABEL, read_period


class PeriodFilterSet(WagtailFilterSet):
    """How far back to look. The view counts within the period; here nothing is left out."""

    period = django_filters.ChoiceFilter(
        label=_("Period"), choices=CHOICES, method="keep", empty_label=STANDARD_LABEL
    )

    class Meta:
        model = PortalDocument
        fields: list[str] = []

    def keep(self, queryset, name, value):
        """All rows: the period is counted within, not filtered by."""
        return queryset


class UseReport(PortalReport):
    """A report that asks for the right to read reports and may show a chart above its rows."""

    needed = "reporting.view_reports"
    template_name = "reporting/admin/report.html"

    @property
    def index_url_name(self):
        """The report's address."""
        return f"reporting:{self.name}"

    @property
    def index_results_url_name(self):
        """The address of its rows alone."""
        return f"reporting:{self.name}_results"

    @property
    def period(self):
        """The chosen period, or the standard one."""
        return read_period(self.request.GET.get("period"))

    def drawing(self) -> Drawing | None:
        """The chart above the rows; none where a report has none."""
        return None

    def get_context_data(self, *args, **kwargs):
        """Add the chart."""
        context = super().get_context_data(*args, **kwargs)
        if not self.is_export and not self.results_only:
            context["drawing"] = self.drawing()
        return context


class MostReadReport(UseReport):
    """Pages by how often they were opened."""

    name = "most-read"
    page_title = _("Most read pages")
    header_icon = "view"
    filterset_class = PeriodFilterSet
    columns = [
        PageColumn("title", label=_("Page"), accessor=lambda page: page),
        Column("type", label=_("Page type"), accessor="page_type_display_name"),
        Column("views", label=_("Views"), accessor="views"),
    ]
    list_export = ["title", "page_type_display_name", "views", "url"]
    export_headings = {
        "title": _("Page"),
        "page_type_display_name": _("Page type"),
        "views": _("Views"),
        "url": _("Address"),
    }

    def get_base_queryset(self):
        """Most read first."""
        return figures.most_read(self.period)

    def drawing(self) -> Drawing:
        """Views over time."""
        return Drawing(
            _t("Views of all pages"), _t("views"), [_t("Views")], figures.views_over_time(self.period)
        )


class DownloadsReport(UseReport):
    """Documents by how often they were fetched."""

    name = "downloads"
    page_title = _("Downloads")
    header_icon = "download"
    filterset_class = PeriodFilterSet
    columns = [
        Column("title", label=_("Document"), accessor="title"),
        Column("extension", label=_("File type"), accessor="file_extension"),
        Column("downloads", label=_("Downloads"), accessor="downloads"),
    ]
    list_export = ["title", "file_extension", "downloads"]
    export_headings = {"title": _("Document"), "file_extension": _("File type"), "downloads": _("Downloads")}

    def get_base_queryset(self):
        """Most fetched first."""
        return figures.most_downloaded(self.period)

    def drawing(self) -> Drawing:
        """Downloads over time."""
        rows = figures.downloads_over_time(self.period)
        return Drawing(_t("Downloads of all documents"), _t("downloads"), [_t("Downloads")], rows)


class FeedbackColumn(Column):
    """A page's title, linked to all its answers."""

    cell_template_name = "reporting/admin/feedback_cell.html"


class FeedbackReport(UseReport):
    """What readers answered, page by page."""

    name = "feedback"
    page_title = _("Feedback from readers")
    header_icon = "comment"
    filterset_class = PeriodFilterSet
    columns = [
        FeedbackColumn("title", label=_("Page"), accessor="title"),
        Column("answers", label=_("Answers"), accessor="answers"),
        Column("useful", label=_("Useful"), accessor=lambda page: figures.share(page.useful, page.said)),
        *[
            Column(
                question,
                label=label,
                accessor=lambda page, question=question: _average(page, question),
            )
            for question, label in (
                ("relevance", _("Relevance")),
                ("accessibility", _("Easy to understand")),
                ("structure", _("Structure")),
                ("action", _("Points to actions")),
            )
        ],
        Column("comments", label=_("Comments"), accessor="comments"),
        Column("unhandled", label=_("Not handled"), accessor="unhandled"),
    ]
    list_export = [
        "title",
        "answers",
        "said",
        "useful",
        *[f"{question}_{part}" for question in figures.QUESTIONS for part in ("average", "n")],
        "comments",
        "unhandled",
    ]
    export_headings = {
        "title": _("Page"),
        "answers": _("Answers"),
        "said": _("Answered whether it was useful"),
        "useful": _("Found the page useful"),
        "relevance_average": _("Relevance, average"),
        "relevance_n": _("Relevance, answers"),
        "accessibility_average": _("Easy to understand, average"),
        "accessibility_n": _("Easy to understand, answers"),
        "structure_average": _("Structure, average"),
        "structure_n": _("Structure, answers"),
        "action_average": _("Points to actions, average"),
        "action_n": _("Points to actions, answers"),
        "comments": _("Comments"),
        "unhandled": _("Not handled"),
    }

    def get_base_queryset(self):
        """Most answers first."""
        return figures.feedback_by_page(self.period)


def _average(page, question: str) -> str:
    return figures.average(getattr(page, f"{question}_average"), getattr(page, f"{question}_n"))


class LightColumn(Column):
    """A colour, in words and as a dot."""

    cell_template_name = "projects/admin/light_cell.html"


class PortfolioReport(UseReport):
    """All projects at a glance, with their latest lights."""

    name = "portfolio"
    page_title = _("Portfolio of projects")
    header_icon = "table"
    columns = [
        PageColumn("title", label=_("Project"), accessor=lambda row: row.project),
        Column("status", label=_("Status"), accessor=lambda row: row.project.get_status_display()),
        Column("years", label=_("Years"), accessor=lambda row: row.project.years),
        Column("leaders", label=_("Leaders"), accessor="leaders"),
        LightColumn("time", label=_("Time"), accessor=lambda row: row.light and row.light.time),
        LightColumn("cost", label=_("Cost"), accessor=lambda row: row.light and row.light.cost),
        LightColumn("quality", label=_("Quality"), accessor=lambda row: row.light and row.light.quality),
        DateColumn("month", label=_("Latest light"), accessor=lambda row: row.light and row.light.month),
        Column("comment", label=_("Comment"), accessor=lambda row: _comment(row)),
    ]
    list_export = [
        "project.title",
        "project.get_status_display",
        "project.years",
        "leaders",
        "light.time",
        "light.cost",
        "light.quality",
        "light.month",
        "light.comment",
    ]
    export_headings = {
        "project.title": _("Project"),
        "project.get_status_display": _("Status"),
        "project.years": _("Years"),
        "leaders": _("Leaders"),
        "light.time": _("Time"),
        "light.cost": _("Cost"),
        "light.quality": _("Quality"),
        "light.month": _("Latest light"),
        "light.comment": _("Comment"),
    }

    def get_queryset(self):
        """Rows gathered by the portfolio, no query set."""
        return figures.portfolio(timezone.localdate())

    def to_row_dict(self, item):
        """A project without a light has empty cells."""
        light = item.light
        row = dict.fromkeys(self.list_export, "")
        row |= {
            "project.title": item.project.title,
            "project.get_status_display": item.project.get_status_display(),
            "project.years": item.project.years,
            "leaders": item.leaders,
        }
        if light:
            row |= {
                f"light.{name}": getattr(light, name)
                for name in ("time", "cost", "quality", "month", "comment")
            }
        return row


def _comment(row: figures.ProjectStanding) -> str:
    late = _t("No light for more than a month.") if row.is_late else ""
    comment = row.light.comment if row.light else ""
    return " ".join(part for part in (late, comment) if part)


REPORTS: tuple[type[UseReport], ...] = (MostReadReport, DownloadsReport, FeedbackReport, PortfolioReport)


def address_of(report: type[UseReport]) -> str:
    """Return where a report stands in the admin."""
    return reverse(f"reporting:{report.name}")
