"""Start from the last letter: a page that says what will be made, and its button."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from newsletters.models import LetterArchivePage, LetterPage
from newsletters.services.next_letter import last_letter, next_number, start_next


def archive_of(page) -> LetterArchivePage | None:
    """Return the archive a page is or stands in, when it belongs to a series."""
    if page is None:
        return None
    if page.specific_class is LetterArchivePage:
        archive = page.specific
    elif page.specific_class is LetterPage:
        archive = page.get_parent().specific
    else:
        return None
    return archive if isinstance(archive, LetterArchivePage) and archive.series_id else None


@require_http_methods(["GET", "HEAD", "POST"])
def next_letter(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask whether the next letter shall start from the last one; the button makes a draft and opens it."""
    archive = get_object_or_404(LetterArchivePage, pk=page_id, series__isnull=False)
    if not archive.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    last = last_letter(archive)
    if last is None:
        messages.warning(request, _("There is no letter to start from yet."))
        return redirect("wagtailadmin_pages:add_subpage", archive.pk)
    if request.method == "POST":
        letter = start_next(archive, request.user)
        messages.success(request, _("A draft of the next letter is made. Write over what the last one said."))
        return redirect("wagtailadmin_pages:edit", letter.pk)
    number, year = next_number(archive)
    context = {
        "archive": archive,
        "last": last,
        "number": number,
        "year": year,
        "page_title": _("Start from the last letter"),
        "header_title": f"{_('Start from the last letter')}: {archive.title}",
        "header_icon": "mail",
    }
    return render(request, "newsletters/admin/next_letter.html", context)
