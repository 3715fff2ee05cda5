"""Reports for editors: overdue pages, broken links, pictures without consent, languages. All can be downloaded."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import django_filters
from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.reports import ReportView

from core.models import BrokenLink, ContentPage, PortalImage, StaffRole
from core.panels import pages_with_picture
from core.reviews import overdue_pages
from core.spreadsheets import HarmlessExport


class PageColumn(Column):
    """A page's title, linked to its editor."""

    cell_template_name = "core/admin/page_cell.html"


class PagesColumn(Column):
    """Several pages, each linked to its editor."""

    cell_template_name = "core/admin/pages_cell.html"


class PortalReport(HarmlessExport, ReportView):
    """A report that asks for one permission."""

    needed = ""
    name = ""

    def dispatch(self, request, *args, **kwargs):
        """Refuse those who may not see it."""
        if not request.user.has_perm(self.needed):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def index_url_name(self):
        """The report's address."""
        return f"core_reports:{self.name}"

    @property
    def index_results_url_name(self):
        """The address of its rows alone."""
        return f"core_reports:{self.name}_results"

    def get_filename(self):
        """Name and day."""
        return f"{self.name}-{timezone.localdate():%Y-%m-%d}"


class OverdueFilterSet(WagtailFilterSet):
    """By who answers for the page and by language."""

    responsible_role = django_filters.ModelChoiceFilter(
        label=_("Responsible role"), queryset=StaffRole.objects.all()
    )

    class Meta:
        model = ContentPage
        fields = ["responsible_role", "language"]


class OverdueReport(PortalReport):
    """Pages past their review date."""

    name = "overdue"
    needed = "core.view_contentpage"
    page_title = _("Overdue content")
    header_icon = "calendar-check"
    filterset_class = OverdueFilterSet
    columns = [
        PageColumn("title", label=_("Page"), accessor=lambda page: page),
        Column("type", label=_("Type"), accessor="page_type_display_name"),
        Column("role", label=_("Responsible role"), accessor="responsible_role"),
        DateColumn("review_by", label=_("Review by"), accessor="review_by"),
        DateColumn("last_reviewed", label=_("Last reviewed"), accessor="last_reviewed"),
    ]
    list_export = ["title", "page_type_display_name", "responsible_role", "review_by", "last_reviewed", "url"]
    export_headings = {
        "title": _("Page"),
        "page_type_display_name": _("Type"),
        "responsible_role": _("Responsible role"),
        "review_by": _("Review by"),
        "last_reviewed": _("Last reviewed"),
        "url": _("Address"),
    }

    def get_base_queryset(self):
        """The oldest first."""
        return overdue_pages()


class BrokenLinksReport(PortalReport):
    """Links that did not work when they were last checked."""

    name = "broken-links"
    needed = "core.view_brokenlink"
    page_title = _("Broken links")
    header_icon = "link"
    columns = [
        PageColumn("page", label=_("Page"), accessor="page"),
        Column("url", label=_("Link"), accessor=lambda row: readable_target(row.url)),
        Column("problem", label=_("Problem"), accessor="problem"),
        DateColumn("first_seen", label=_("First seen"), accessor="first_seen"),
        DateColumn("last_checked", label=_("Last checked"), accessor="last_checked"),
    ]
    list_export = ["page", "url", "problem", "first_seen", "last_checked"]
    export_headings = {
        "page": _("Page"),
        "url": _("Link"),
        "problem": _("Problem"),
        "first_seen": _("First seen"),
        "last_checked": _("Last checked"),
    }

    def get_base_queryset(self):
        """Those of published pages."""
        return (
            BrokenLink.objects.filter(page__live=True).select_related("page").order_by("page__title", "url")
        )


class PictureConsentReport(PortalReport):
    """Pictures whose consent is withdrawn or over, with every page that shows them."""

    name = "picture-consent"
    needed = "core.view_contentpage"
    page_title = _("Pictures without consent")
    header_icon = "image"
    columns = [
        Column("title", label=_("Picture"), accessor="title"),
        Column("consent", label=_("Consent"), accessor="consent"),
        DateColumn("consent_expires", label=_("Consent ended"), accessor="consent_expires"),
        PagesColumn("pages", label=_("Used on"), accessor=pages_with_picture),
    ]
    list_export = ["title", "consent", "consent_expires", "used_on"]
    export_headings = {
        "title": _("Picture"),
        "consent": _("Consent"),
        "consent_expires": _("Consent ended"),
        "used_on": _("Used on"),
    }

    def get_base_queryset(self):
        """Those whose day has come; a withdrawal is entered as that day."""
        return PortalImage.objects.filter(consent_expires__lte=timezone.localdate()).order_by(
            "consent_expires"
        )

    def to_row_dict(self, item):
        """Name the pages in the file too."""
        item.used_on = ", ".join(page.title for page in pages_with_picture(item))
        return super().to_row_dict(item)


@dataclass(frozen=True)
class LanguageRow:
    """Pages first published in a year, of one type, by language."""

    year: int
    page_type: str
    nb: int
    nn: int
    other: int

    @property
    def nn_share(self) -> str:
        """Nynorsk's part of what is written in Norwegian, in per cent."""
        norwegian = self.nb + self.nn
        return f"{100 * self.nn / norwegian:.0f} %" if norwegian else "–"


def language_rows() -> list[LanguageRow]:
    """Count published pages by year, page type and language, with a row for all types of each year."""
    counts: dict[tuple[int, str], Counter] = defaultdict(Counter)
    pages = ContentPage.objects.live().filter(first_published_at__isnull=False)
    for page in pages.select_related("content_type").only("language", "first_published_at", "content_type"):
        year = timezone.localtime(page.first_published_at).year
        for page_type in (_t("All"), str(page.specific_class._meta.verbose_name).capitalize()):
            counts[year, page_type][page.language] += 1
    rows = [
        LanguageRow(year, page_type, found["nb"], found["nn"], found.total() - found["nb"] - found["nn"])
        for (year, page_type), found in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.year, row.page_type != _t("All"), row.page_type))


class LanguageReport(PortalReport):
    """The share of nynorsk per year and page type."""

    name = "languages"
    needed = "core.view_contentpage"
    page_title = _("Bokmål and nynorsk")
    header_icon = "globe"
    columns = [
        Column("year", label=_("Year"), accessor="year"),
        Column("page_type", label=_("Type"), accessor="page_type"),
        Column("nb", label=_("Bokmål"), accessor="nb"),
        Column("nn", label=_("Nynorsk"), accessor="nn"),
        Column("other", label=_("Other languages"), accessor="other"),
        Column("nn_share", label=_("Share of nynorsk"), accessor="nn_share"),
    ]
    list_export = ["year", "page_type", "nb", "nn", "other", "nn_share"]
    export_headings = {
        "year": _("Year"),
        "page_type": _("Type"),
        "nb": _("Bokmål"),
        "nn": _("Nynorsk"),
        "other": _("Other languages"),
        "nn_share": _("Share of nynorsk"),
    }

    def get_queryset(self):
        """Rows counted here, no query set."""
        return language_rows()


class ReportMenuItem(MenuItem):
    """A report in the menu, for those who may see it."""

    def __init__(self, report: type[PortalReport], url: str, order: int) -> None:
        super().__init__(report.page_title, url, name=report.name, icon_name=report.header_icon, order=order)
        self.needed = report.needed

    def is_shown(self, request) -> bool:
        """Whether the user holds the report's permission."""
        return request.user.has_perm(self.needed)


REPORTS: tuple[type[PortalReport], ...] = (
    OverdueReport,
    BrokenLinksReport,
    PictureConsentReport,
    LanguageReport,
)


def report_urls() -> list:
    """Return the addresses of all reports and of their rows alone."""
    urls = []
    for report in REPORTS:
        urls.append(path(f"{report.name}/", report.as_view(), name=report.name))
        urls.append(
            path(f"{report.name}/results/", report.as_view(results_only=True), name=f"{report.name}_results")
        )
    return urls


def readable_target(url: str) -> str:
    """Return a link as an editor reads it: a vanished page or document by its number."""
    kind, _colon, number = url.partition(":")
    words = {"page": _t("Page no. %(number)s"), "document": _t("Document no. %(number)s")}
    return words[kind] % {"number": number} if kind in words and number.isdigit() else url
