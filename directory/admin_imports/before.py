"""Before an import is looked over: choose a file and its sheet, settle columns and workplaces."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from directory.admin_imports.guard import changed_meanwhile, for_importers, frame
from directory.imports import services
from directory.imports.errors import UnreadableFile
from directory.imports.forms import ColumnsForm, UploadForm
from directory.imports.overview import meant_by
from directory.imports.reading import is_misnamed, open_kept, sheet_names
from directory.models import PeopleImport

IMPORTS_PER_PAGE = 20


@for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Choose a file; earlier imports below."""
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid() and (job := _upload(form, request)):
            return redirect("people_imports:columns", job.pk)
    rows = PeopleImport.objects.select_related("created_by")
    context = frame(
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


@for_importers
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
            messages.warning(request, changed_meanwhile())
        return redirect("people_imports:show" if same else "people_imports:columns", pk)
    unused = [job.headings[n] for n in range(len(job.headings)) if str(n) not in job.mapping]
    context = frame(
        _("What the columns hold"),
        job=job,
        form=form,
        unused=unused,
        sheets=sheets,
        page_subtitle=job.file_name,
    )
    return render(request, "directory/admin/import_columns.html", context)


@for_importers
@require_POST
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Take another sheet of the workbook; its columns are guessed anew."""
    try:
        if not services.choose_sheet(get_object_or_404(PeopleImport, pk=pk), request.POST.get("sheet", "")):
            messages.warning(request, changed_meanwhile())
    except UnreadableFile as error:
        messages.error(request, str(error))
    return redirect("people_imports:columns", pk)


@for_importers
@require_POST
def workplaces(request: HttpRequest, pk: int) -> HttpResponse:
    """Say which organisations are meant by names the register does not know; the file is read again."""
    job = get_object_or_404(PeopleImport, pk=pk)
    chosen = meant_by(request.POST.getlist("name"), request.POST.getlist("organisation"))
    if job.status != PeopleImport.Status.PREVIEWED or not services.settle_columns(
        job, job.mapping, workplaces=chosen
    ):
        messages.warning(request, changed_meanwhile())
    return redirect("people_imports:show", pk)
