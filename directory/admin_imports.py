"""The pages of "Import people": choose a file, settle its columns, look at the preview, confirm, see what was done."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from core.spreadsheets import harmless
from directory.imports import by_hand, services
from directory.imports.errors import PreviewHasChanged, UnreadableFile
from directory.imports.forms import ColumnsForm, PersonByHandForm, UploadForm
from directory.imports.mapping import FIELDS
from directory.imports.undoing import undo
from directory.models import ImportRow, PeopleImport, Person

PER_PAGE = 50
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
        return services.start(content, file.name, request.user)
    except UnreadableFile as error:
        form.add_error("file", str(error))
        return None


@_for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns hold and what is to be done; sent off, a worker reads the file."""
    job = get_object_or_404(PeopleImport, pk=pk)
    if job.status not in PeopleImport.WAITING:
        return redirect("people_imports:show", pk)
    try:
        samples = services.table_of(job).samples()
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
        data = form.cleaned_data
        options = {
            "ends_positions": data["ends_positions"],
            "choices": data.get("choices", []),
            "basis": data.get("basis", ""),
        }
        services.settle_columns(job, form.mapping(), **options)
        return redirect("people_imports:show", pk)
    unused = [job.headings[n] for n in range(len(job.headings)) if str(n) not in job.mapping]
    context = _frame(
        _("What the columns hold"), job=job, form=form, unused=unused, page_subtitle=job.file_name
    )
    return render(request, "directory/admin/import_columns.html", context)


def _progress(job: PeopleImport) -> dict[str, Any]:
    return {"job": job, "percent": 100 * job.done // job.total if job.total else 0}


def _rows(request: HttpRequest, job: PeopleImport) -> dict[str, Any]:
    outcome = request.GET.get("outcome", "")
    rows = job.rows.select_related("person")
    if outcome in ImportRow.Outcome.values:
        rows = rows.filter(outcome=outcome)
    elif outcome == "remarks":
        rows = rows.exclude(remarks=[])
    else:
        outcome = ""
    return {
        "outcome": outcome,
        "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
        "outcomes": [(value, label, job.counts.get(value, 0)) for value, label in ImportRow.Outcome.choices],
    }


@_for_importers
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an import has come: progress, preview with reasons, or what was done."""
    job = get_object_or_404(PeopleImport.objects.select_related("created_by"), pk=pk)
    if job.status == PeopleImport.Status.UPLOADED:
        return redirect("people_imports:columns", pk)
    context = _frame(_("Import people"), page_subtitle=job.file_name, **_progress(job))
    if job.counts and not job.is_working:
        unused = [job.headings[n] for n in range(len(job.headings)) if str(n) not in job.mapping]
        writes = sum(
            number for outcome, number in job.counts.items() if outcome != ImportRow.Outcome.REJECTED
        )
        context |= {
            **_rows(request, job),
            "unused": unused,
            "writes": writes,
            "seen": services.fingerprint(job),
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
    try:
        if not services.confirm(get_object_or_404(PeopleImport, pk=pk), request.POST.get("seen", "")):
            messages.warning(request, _("The import had been confirmed already; it is written once."))
    except PreviewHasChanged as error:
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
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back; deleting people asks for that right besides."""
    if not policy.user_has_permission(request.user, "delete"):
        raise PermissionDenied
    job = get_object_or_404(PeopleImport, pk=pk)
    gone, stayed = undo(job, request.user)
    if gone or stayed:
        text = ngettext("%(gone)s person was taken out again.", "%(gone)s people were taken out again.", gone)
        if stayed:
            text += " " + ngettext(
                "%(stayed)s stays, because something belongs to the person by now.",
                "%(stayed)s stay, because something belongs to them by now.",
                stayed,
            )
        messages.success(request, text % {"gone": gone, "stayed": stayed})
    else:
        messages.warning(request, _("There was nothing to take back."))
    return redirect("people_imports:show", pk)


@_for_importers
@require_safe
def rejected(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the rejected rows as a workbook, with the reason; mended, it can be imported again as it is."""
    job = get_object_or_404(PeopleImport, pk=pk)
    # Under the file's own headings, so that they are understood the same way again; the first where there are several.
    headings = {job.mapping[n]: job.headings[int(n)] for n in sorted(job.mapping, key=int, reverse=True)}
    fields = [field for field in FIELDS if field in headings]
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Not accepted"))
    sheet.append([*(harmless(headings[field]) for field in fields), _("Row in the file"), _("Reason")])
    for row in job.rows.filter(outcome=ImportRow.Outcome.REJECTED).iterator():
        cells = [harmless(row.values.get(field, "")) for field in fields]
        sheet.append([*cells, row.number, harmless(row.reason)])
    file = BytesIO()
    workbook.save(file)
    response = HttpResponse(file.getvalue(), content_type=XLSX)
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
            path("<int:pk>/progress/", progress, name="progress"),
            path("<int:pk>/confirm/", confirm, name="confirm"),
            path("<int:pk>/cancel/", cancel, name="cancel"),
            path("<int:pk>/undo/", take_back, name="undo"),
            path("<int:pk>/rejected/", rejected, name="rejected"),
        ]
