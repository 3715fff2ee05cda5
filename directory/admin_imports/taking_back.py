"""Taking an import back, after a page that says who goes and who stays."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from directory.admin_imports.guard import for_importers, frame, policy
from directory.imports import services, undoing
from directory.models import PeopleImport

# So many of those who would stay are named before an import is taken back.
STAYING_SHOWN = 50


@for_importers
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
    context = frame(_("Take the import back"), page_subtitle=job.file_name, job=job, outlook=outlook)
    return render(request, "directory/admin/import_undo.html", context)


def _not_taken_back(job: PeopleImport) -> str:
    """Say why."""
    if job.is_working:
        return _("A worker is busy with the import. Wait until it is done.")
    if job.status == PeopleImport.Status.UNDONE:
        return _("The import has been taken back already.")
    return _("The import cannot be taken back: only what was written within the last 24 hours can.")
