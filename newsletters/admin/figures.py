"""A letter's figures as files, and the letter itself with the clicks drawn on it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.address_words import address_words
from newsletters.link_map import draw_link_map
from newsletters.models import Delivery
from newsletters.report_files import PdfMissing, csv_text, excel_file, pdf_file
from newsletters.statistics import LetterFigures
from newsletters.views.browser_copy import MAIL_POLICY

PERMISSION = "newsletters.view_deliverystatistics"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Nothing in the drawn letter may run or lead anywhere. It keeps its origin only so that the page around it can measure
# how tall it is.
MAP_POLICY = {**MAIL_POLICY, "sandbox": ["allow-same-origin"], "frame-ancestors": ["'self'"]}


def require_right(request: HttpRequest) -> None:
    """Refuse those who may not see figures."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied


def shown_delivery(pk: int) -> Delivery:
    """Return the delivery with what its pages show, or 404."""
    return get_object_or_404(Delivery.objects.select_related("letter", "series"), pk=pk)


@require_safe
def csv_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a delivery's figures as CSV."""
    require_right(request)
    delivery = shown_delivery(pk)
    return _file(csv_text(LetterFigures(delivery)), delivery, "csv", "text/csv; charset=utf-8")


@require_safe
def excel_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a delivery's figures as an Excel workbook."""
    require_right(request)
    delivery = shown_delivery(pk)
    return _file(excel_file(LetterFigures(delivery)), delivery, "xlsx", EXCEL)


@require_safe
def pdf_download(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a delivery's report as PDF; where nothing can draw it, say so on the letter's page."""
    require_right(request)
    delivery = shown_delivery(pk)
    try:
        report = pdf_file(LetterFigures(delivery))
    except PdfMissing:
        messages.error(request, _("PDF files cannot be made here: the program library Pango is missing."))
        return redirect("newsletters_statistics:letter", pk)
    return _file(report, delivery, "pdf", "application/pdf")


@require_safe
def link_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the letter as it was sent, with clicks and share by each link."""
    require_right(request)
    html = draw_link_map(LetterFigures(shown_delivery(pk)))
    if not html:
        raise Http404
    response = HttpResponse(html)
    response._csp_replace = MAP_POLICY  # type: ignore[attr-defined]
    return response


def _file(content: str | bytes, delivery: Delivery, ending: str, content_type: str) -> HttpResponse:
    name = address_words(str(delivery.letter)) or "brev"
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}-{delivery.pk}.{ending}"'
    return response
