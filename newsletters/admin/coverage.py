"""The page "Coverage": a tile map of the trusts by region, the table beside it, downloads, a line on the first page.

Readers of reports see yes or no per organisation. The numbers are often of fewer than five people and so about persons;
they are for those who may look these people up in the register anyway.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from core.panels import HomePanel, register_home_panel
from core.spreadsheets import table_file
from directory.models import HealthRegion, Organisation
from newsletters.coverage import Reach, by_region, coverage, narrowed
from newsletters.models import Series

PERMISSION = "newsletters.view_deliverystatistics"
REGISTER = "directory.view_person"


class CoverageForm(forms.Form):
    """What the page may be narrowed by; a choice that is not offered is passed over."""

    series = forms.ModelChoiceField(
        Series.objects.all(),
        label=_("Series"),
        required=False,
        empty_label=_("All series"),
        help_text=_("Left empty, a subscription to any series counts."),
    )
    region = forms.ModelChoiceField(
        HealthRegion.objects.all(),
        label=_("Health region"),
        required=False,
        empty_label=_("All regions"),
        help_text=_("Left empty, the whole country."),
    )
    kind = forms.ChoiceField(
        choices=[("", _("All kinds")), *Organisation.Kind.choices],
        label=_("Kind"),
        required=False,
        help_text=_("Left empty, all kinds."),
    )
    only_missing = forms.BooleanField(
        label=_("Only those without a leader on the list"),
        required=False,
        help_text=_("Turned off, all organisations are shown."),
    )


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the map and the table, or give the table as a file (`?fil=csv`, `?fil=xlsx`)."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = CoverageForm(request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    everything = coverage(chosen.get("series"))
    region = chosen.get("region")
    rows = narrowed(
        everything,
        region=region.pk if region else None,
        kind=chosen.get("kind", ""),
        only_missing=chosen.get("only_missing", False),
    )
    sees_numbers = request.user.has_perm(REGISTER)
    kind = request.GET.get("fil")
    if kind in ("csv", "xlsx"):
        return table_file(table(rows, with_numbers=sees_numbers), "dekning", kind)
    context = {
        "form": form,
        "rows": rows,
        "regions": by_region(rows),
        "missing": sum(not row.is_reached for row in everything),
        "total": len(everything),
        "sees_numbers": sees_numbers,
        "may_add": request.user.has_perms(["directory.add_person", "directory.change_person"]),
        "query": urlencode([(name, value) for name, value in request.GET.items() if name != "fil"]),
        "page_title": _t("Coverage"),
        "header_title": _t("Coverage"),
        "header_icon": "site",
    }
    return render(request, "newsletters/admin/coverage.html", context)


def table(rows: list[Reach], *, with_numbers: bool) -> list[list]:
    """Return the table with its headings, for a file; without numbers for those who only read reports."""
    headings = [_t("Health region"), _t("Organisation"), _t("Kind"), _t("Leader on the list")]
    if with_numbers:
        headings += [_t("Leaders"), _t("Leaders who subscribe")]
    lines: list[list] = [headings]
    for row in rows:
        one = row.organisation
        line = [
            row.region.name if row.region else _t("National"),
            one.name,
            one.get_kind_display(),
            _t("Yes") if row.is_reached else _t("No"),
        ]
        lines.append([*line, row.leaders, row.subscribers] if with_numbers else line)
    return lines


class CoverageMenuItem(MenuItem):
    """The page in the menu, for those who may see it."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Advisers, administrators, readers of reports."""
        return request.user.has_perm(PERMISSION)


class CoverageViewSet(ViewSet):
    """Coverage in the menu "Letters"."""

    name = "letter_coverage"
    url_prefix = "brev/dekning"
    icon = "site"
    menu_label = _("Coverage")
    menu_order = 15
    menu_item_class = CoverageMenuItem

    def get_urlpatterns(self):
        """One page."""
        return [path("", show, name="index")]


@register_home_panel
class CoveragePanel(HomePanel):
    """How many organisations lack a leader on the list."""

    order = 360
    template_name = "newsletters/admin/panel_coverage.html"

    def is_shown(self) -> bool:
        """For those who may see the page, when there is anything to reach."""
        self.rows = coverage() if self.request.user.has_perm(PERMISSION) else []
        return bool(self.rows)

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The two numbers."""
        return {"missing": sum(not row.is_reached for row in self.rows), "total": len(self.rows)}
