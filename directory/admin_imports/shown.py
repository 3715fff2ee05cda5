"""An import as it stands: progress, preview, confirm or cancel, what was done, and the rows that were rejected."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from directory.admin_imports.guard import for_importers, frame
from directory.imports import services
from directory.imports.cells import names_of
from directory.imports.errors import MayNotSubscribe, PreviewHasChanged
from directory.imports.offers import offer_for
from directory.imports.overview import remarks_of
from directory.imports.rejects import rejected_rows
from directory.imports.writing import heading_of_names
from directory.models import ImportRow, Organisation, PeopleImport

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _progress(job: PeopleImport) -> dict[str, Any]:
    return {"job": job, "percent": 100 * job.done // job.total if job.total else 0}


def _workplaces_asked(job: PeopleImport) -> dict[str, Any]:
    """Return the remarks summed up, and the names that the user may settle or has settled: name, rows, choice."""
    remarks = remarks_of(job)
    context: dict[str, Any] = {"remarks": remarks}
    if job.status == PeopleImport.Status.PREVIEWED and (remarks.names or job.workplaces):
        settled = [(name, None, key) for name, key in job.workplaces.items()]
        context["asked"] = [(name, number, None) for name, number in remarks.names] + settled
        context["organisations"] = Organisation.objects.filter(is_active=True)
    return context


def _rows(request: HttpRequest, job: PeopleImport) -> dict[str, Any]:
    outcome = request.GET.get("outcome", "")
    rows = job.rows.select_related("person")
    if outcome in ImportRow.Outcome.values:
        rows = rows.filter(outcome=outcome)
    elif outcome == "remarks":
        rows = rows.exclude(remarks=[])
    else:
        outcome = ""
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    heading = heading_of_names(job)
    return {
        "outcome": outcome,
        "rows": page,
        "named_rows": [(row, *names_of(row.values, heading)) for row in page],
        **_workplaces_asked(job),
        "outcomes": [(one, one.label, job.counts[one]) for one in ImportRow.Outcome if one in job.counts],
    }


@for_importers
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an import has come: progress, preview with reasons, or what was done."""
    jobs = PeopleImport.objects.select_related("created_by", "confirmed_by", "undone_by")
    job = get_object_or_404(jobs, pk=pk)
    if job.status == PeopleImport.Status.UPLOADED:
        return redirect("people_imports:columns", pk)
    context = frame(_("Import people"), page_subtitle=job.file_name, **_progress(job))
    if job.counts and not job.is_working:
        labels = dict(offer_for(None).choices) if job.choices else {}
        context |= {
            **_rows(request, job),
            "unused": [job.headings[n] for n in range(len(job.headings)) if str(n) not in job.mapping],
            "added_to": [labels[key] for key in job.choices if key in labels],
            "total_rows": sum(job.counts.values()),
            "writes": sum(job.counts.values()) - job.counts[ImportRow.Outcome.REJECTED],
            "seen": services.fingerprint(job),
            "goes_on": services.may_go_on(job),
            "not_yours": "" if services.may_subscribe(job, request.user) else services.not_yours(),
        }
    return render(request, "directory/admin/import.html", context)


@for_importers
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the page that is fetched again every second while a worker is busy."""
    job = get_object_or_404(PeopleImport, pk=pk)
    response = render(request, "directory/admin/import_progress.html", _progress(job))
    if not job.is_working:
        response["HX-Refresh"] = "true"
    return response


@for_importers
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the preview that was looked at shows; a second press changes nothing."""
    job = get_object_or_404(PeopleImport, pk=pk)
    try:
        if not services.confirm(job, request.POST.get("seen", ""), request.user):
            messages.warning(request, _("The import had been confirmed already; it is written once."))
    except (PreviewHasChanged, MayNotSubscribe) as error:
        messages.error(request, str(error))
    return redirect("people_imports:show", pk)


@for_importers
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the file and its preview away."""
    if not services.cancel(get_object_or_404(PeopleImport, pk=pk)):
        messages.warning(request, _("The import could not be thrown away: it has been confirmed already."))
        return redirect("people_imports:show", pk)
    messages.success(request, _("The file and its rows are deleted. Nothing was written."))
    return redirect("people_imports:index")


@for_importers
@require_safe
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the rejected rows as a workbook, with the reason; mended, it can be imported again as it is."""
    job = get_object_or_404(PeopleImport, pk=pk)
    response = HttpResponse(rejected_rows(job), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="avviste-rader-{job.pk}.xlsx"'
    return response
