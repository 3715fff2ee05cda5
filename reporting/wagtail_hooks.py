"""What reporting adds to the admin: reports of use, and figures reported by hand."""

from django.urls import include, path
from wagtail import hooks

from core.reports import ReportMenuItem
from reporting import views
from reporting.reports import REPORTS, address_of
from reporting.viewsets import ReportedFigureViewSet


@hooks.register("register_admin_viewset")
def reported_figures():
    """Figures reported by hand."""
    return ReportedFigureViewSet()


@hooks.register("register_admin_urls")
def addresses() -> list:
    """Addresses of the reports and of one page's answers."""
    urls = [
        path("feedback/<int:page_id>/", views.page_feedback, name="page_feedback"),
        path("feedback/handled/<int:pk>/", views.mark_handled, name="mark_handled"),
    ]
    for report in REPORTS:
        results = report.as_view(results_only=True)
        urls.append(path(f"{report.name}/", report.as_view(), name=report.name))
        urls.append(path(f"{report.name}/results/", results, name=f"{report.name}_results"))
    return [path("bruk/", include((urls, "reporting")))]


def _menu_item(report, order: int):
    def register() -> ReportMenuItem:
        return ReportMenuItem(report, address_of(report), order)

    return register


for _number, _report in enumerate(REPORTS):
    hooks.register("register_reports_menu_item", _menu_item(_report, 10 + 10 * _number))
