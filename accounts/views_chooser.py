"""Wagtail's page chooser, asked only about pages whose titles the editor may read."""

from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views import chooser

from core.wagtail_hooks import visible_pages


@require_admin_access
def browse(request: HttpRequest, parent_page_id: int) -> HttpResponse:
    """Show what stands under a page."""
    if not visible_pages(request.user).filter(pk=parent_page_id).exists():
        raise Http404
    return chooser.BrowseView.as_view()(request, parent_page_id)


@require_admin_access
def chosen_multiple(request: HttpRequest) -> HttpResponse:
    """Take several chosen pages over into the form."""
    asked = {value for value in request.GET.getlist("id") if value.isdecimal() and len(value) < 10}
    if visible_pages(request.user).filter(pk__in=asked).count() != len(asked):
        raise Http404
    return chooser.ChosenMultipleView.as_view()(request)
