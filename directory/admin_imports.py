"""The pages of "Import people": choose a file, settle its columns, look at the preview, confirm, see what was done."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from directory.imports import by_hand, services, undoing
from directory.imports.cells import names_of
from directory.imports.errors import MayNotSubscribe, PreviewHasChanged, UnreadableFile
from directory.imports.forms import ColumnsForm, PersonByHandForm, UploadForm
from directory.imports.offers import offer_for
from directory.imports.overview import meant_by, remarks_of
from directory.imports.reading import is_misnamed, open_kept, sheet_names
from directory.imports.rejects import rejected_rows
from directory.imports.writing import heading_of_names
from directory.models import ImportRow, Organisation, PeopleImport, Person

PER_PAGE = 50
# So many of those who would stay are named before an import is taken back.
STAYING_SHOWN = 50
IMPORTS_PER_PAGE = 20
policy = ModelPermissionPolicy(Person)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def may_import(user: Any) -> bool:
    """Whether a user may import: whoever may both add and change people."""
    return policy.user_has_permission(user, "add") and policy.user_has_permission(user, "change")


def _for_importers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_import(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def _frame(title: str, **context: Any) -> dict[str, Any]:
    return {"page_title": title, "header_title": title, "header_icon": "upload", **context}


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Choose a file; earlier imports below."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid() and (job := _upload(form, request)):
            return redirect("people_imports:columns", job.pk)
    rows = PeopleImport.objects.select_related("created_by")
    context = _frame(
        _("Import people"),
        form=form,
        imports=Paginator(rows, IMPORTS_PER_PAGE).get_page(request.GET.get("p")),
        rows_limit=settings.IMPORT_MAX_ROWS,
        size_limit=settings.IMPORT_MAX_MEGABYTES,
    )
    return render(request, "directory/admin/imports.html", context)


def _upload(form: UploadForm, request: HttpRequest) -> PeopleImport | None:
    file = form.cleaned_data["file"]
    # One byte over the limit is enough to refuse it; the rest of a huge file stays on the disk.
    content = file.read(settings.IMPORT_MAX_MEGABYTES * 1_000_000 + 1)
    try:
        job = services.start(content, file.name, request.user)
    except UnreadableFile as error:
        form.add_error("file", str(error))
        return None
    if is_misnamed(file.name, content):
        messages.warning(
            request, _("The file is no Excel workbook, though it is called one. It is read as text.")
        )
    return job


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns hold and what is to be done; sent off, a worker reads the file."""
    job = get_object_or_404(PeopleImport, pk=pk)
    if job.status not in PeopleImport.WAITING:
        return redirect("people_imports:show", pk)
    try:
        content = services.content_of(job)
        samples, sheets = open_kept(content, job.sheet).samples(), sheet_names(content)
    except UnreadableFile as error:
        messages.error(request, str(error))
        return redirect("people_imports:index")
    form = ColumnsForm(
        request.POST or None,
        user=request.user,
        headings=job.headings,
        samples=samples,
        mapping=job.mapping,
        initial={"ends_positions": job.ends_positions, "choices": job.choices, "basis": job.basis},
    )
    if request.method == "POST" and form.is_valid():
        same = request.POST.get("sheet", job.sheet) == job.sheet
        if not same or not services.settle_columns(job, form.mapping(), **form.choices_made()):
            messages.warning(request, _changed_meanwhile())
        return redirect("people_imports:show" if same else "people_imports:columns", pk)
    unused = [job.headings[n] for n in range(len(job.headings)) if str(n) not in job.mapping]
    context = _frame(
        _("What the columns hold"),
        job=job,
        form=form,
        unused=unused,
        sheets=sheets,
        page_subtitle=job.file_name,
    )
    return render(request, "directory/admin/import_columns.html", context)


def _changed_meanwhile() -> str:
    return _("Somebody has gone on with the import meanwhile. Look it over again.")


@_for_importers
@require_POST
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Take another sheet of the workbook; its columns are guessed anew."""
    try:
        if not services.choose_sheet(get_object_or_404(PeopleImport, pk=pk), request.POST.get("sheet", "")):
            messages.warning(request, _changed_meanwhile())
    except UnreadableFile as error:
        messages.error(request, str(error))
    return redirect("people_imports:columns", pk)


@_for_importers
@require_POST
def workplaces(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which organisations are meant by names the register does not know; the file is read again."""
    job = get_object_or_404(PeopleImport, pk=pk)
    chosen = meant_by(request.POST.getlist("name"), request.POST.getlist("organisation"))
    if job.status != PeopleImport.Status.PREVIEWED or not services.settle_columns(
        job, job.mapping, workplaces=chosen
    ):
        messages.warning(request, _changed_meanwhile())
    return redirect("people_imports:show", pk)


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


@_for_importers
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an import has come: progress, preview with reasons, or what was done."""
    jobs = PeopleImport.objects.select_related("created_by", "confirmed_by", "undone_by")
    job = get_object_or_404(jobs, pk=pk)
    if job.status == PeopleImport.Status.UPLOADED:
        return redirect("people_imports:columns", pk)
    context = _frame(_("Import people"), page_subtitle=job.file_name, **_progress(job))
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


@_for_importers
@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the page that is fetched again every second while a worker is busy."""
    job = get_object_or_404(PeopleImport, pk=pk)
    response = render(request, "directory/admin/import_progress.html", _progress(job))
    if not job.is_working:
        response["HX-Refresh"] = "true"
    return response


@_for_importers
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


@_for_importers
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw the file and its preview away."""
    if not services.cancel(get_object_or_404(PeopleImport, pk=pk)):
        messages.warning(request, _("The import could not be thrown away: it has been confirmed already."))
        return redirect("people_imports:show", pk)
    messages.success(request, _("The file and its rows are deleted. Nothing was written."))
    return redirect("people_imports:index")


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell what taking the import back does and what it leaves alone; confirmed, a worker does it.

    Deleting people asks for that right besides.
    """
    if not policy.user_has_permission(request.user, "delete"):
        raise PermissionDenied
    job = get_object_or_404(PeopleImport, pk=pk)
    if request.method == "POST":
        if not services.take_back(job, request.user):
            messages.warning(request, _not_taken_back(job))
        return redirect("people_imports:show", pk)
    if not job.can_be_undone:
        messages.warning(request, _not_taken_back(job))
        return redirect("people_imports:show", pk)
    outlook = undoing.look(job, STAYING_SHOWN)
    context = _frame(_("Take the import back"), page_subtitle=job.file_name, job=job, outlook=outlook)
    return render(request, "directory/admin/import_undo.html", context)


def _not_taken_back(job: PeopleImport) -> str:
    """Say why."""
    if job.is_working:
        return _("A worker is busy with the import. Wait until it is done.")
    if job.status == PeopleImport.Status.UNDONE:
        return _("The import has been taken back already.")
    return _("The import cannot be taken back: only what was written within the last 24 hours can.")


@_for_importers
@require_safe
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the rejected rows as a workbook, with the reason; mended, it can be imported again as it is."""
    job = get_object_or_404(PeopleImport, pk=pk)
    response = HttpResponse(rejected_rows(job), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="avviste-rader-{job.pk}.xlsx"'
    return response


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def add_one(request: HttpRequest) -> HttpResponse:
    """Add one person by hand, with the basis for letters."""
    # The page of coverage leads here with an organisation that lacks a leader.
    told = {"organisation": request.GET.get("organisation")}
    form = PersonByHandForm(request.POST or None, user=request.user, initial=told)
    if request.method == "POST" and form.is_valid():
        try:
            person, remarks = by_hand.add_person(form.cleaned_data, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, " ".join([_("%(person)s is in the register.") % {"person": person}, *remarks])
            )
            return redirect(reverse("people:edit", args=[person.pk]))
    return render(request, "directory/admin/import_one.html", _frame(_("Add one person"), form=form))


class ImportMenuItem(MenuItem):
    """Shown to those who may import."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the user may add and change people."""
        return may_import(request.user)


class PeopleImportViewSet(ViewSet):
    """Import of people."""

    name = "people_imports"
    url_prefix = "register/import"
    icon = "upload"
    menu_label = gettext_lazy("Import people")
    menu_order = 15
    menu_item_class = ImportMenuItem

    def get_urlpatterns(self) -> list:
        """The pages in the order they are met."""
        return [
            path("", index, name="index"),
            path("person/", add_one, name="add_one"),
            path("<int:pk>/", show, name="show"),
            path("<int:pk>/columns/", columns, name="columns"),
            path("<int:pk>/sheet/", sheet, name="sheet"),
            path("<int:pk>/workplaces/", workplaces, name="workplaces"),
            path("<int:pk>/progress/", progress, name="progress"),
            path("<int:pk>/confirm/", confirm, name="confirm"),
            path("<int:pk>/cancel/", cancel, name="cancel"),
            path("<int:pk>/undo/", take_back, name="undo"),
            path("<int:pk>/rejected/", rejected, name="rejected"),
        ]
