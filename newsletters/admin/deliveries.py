"""A delivery while it goes out and afterwards: progress, each receiver's outcome, pause, resume, cancel, approve."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from core.address_words import address_words
from newsletters.admin.ordered import order_of
from newsletters.delivery_report import report_lines
from newsletters.models import Delivery, Recipient
from newsletters.services import control
from newsletters.services.again import count_failed, send_again, why_not
from newsletters.services.approval import approve, why_not_approve
from newsletters.services.deliver import require_right
from newsletters.standstill import standstill_of

PER_PAGE = 50
DONE = (Recipient.Status.SENT, Recipient.Status.FAILED, Recipient.Status.BOUNCED, Recipient.Status.SKIPPED)


def _delivery_or_refusal(request: HttpRequest, pk: int) -> Delivery:
    require_right(request.user)
    rows = Delivery.objects.select_related("letter", "series", "revision", "created_by", "approved_by")
    return get_object_or_404(rows, pk=pk)


def progress(delivery: Delivery) -> dict[str, Any]:
    """Return how far a delivery has come, in one query."""
    tried = Q(status=Recipient.Status.PENDING, attempts__gt=0)
    rows = delivery.recipients.order_by().values("status")
    found = {
        row["status"]: row
        for row in rows.annotate(
            number=Count("pk"), retries=Count("pk", filter=tried), next=Min("next_attempt_at", filter=tried)
        )
    }
    counted = {status: row["number"] for status, row in found.items()}
    waiting = found.get(Recipient.Status.PENDING, {})
    total = sum(counted.values())
    done = sum(counted.get(status, 0) for status in DONE)
    return {
        "total": total,
        "done": done,
        "percent": 100 * done // total if total else 0,
        "outcomes": [(status, counted.get(status.value, 0)) for status in Recipient.Status],
        # Of those who wait, how many were refused for now, and when the first of them is tried again.
        "retries": waiting.get("retries", 0),
        "next_retry": waiting.get("next"),
        # What workers hold when a delivery is paused or cancelled still leaves.
        "is_moving": delivery.status in (Delivery.Status.SENDING, Delivery.Status.SCHEDULED)
        or counted.get(Recipient.Status.SENDING, 0) > 0,
    }


@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a delivery: live progress, and the report with each outcome and the mail server's answer."""
    shown = _delivery_or_refusal(request, pk)
    context = {
        **_progress_context(request, shown),
        "order": order_of(shown),
        "rows": Paginator(_chosen_rows(request, shown), PER_PAGE).get_page(request.GET.get("p")),
        "status": request.GET.get("status", ""),
        "query": request.GET.get("q", "").strip(),
        "statuses": Recipient.Status.choices,
        "uncertain": shown.recipients.filter(is_uncertain=True).count(),
        **_headings(_("Delivery"), shown),
    }
    return render(request, "newsletters/admin/delivery.html", context)


def _chosen_rows(request: HttpRequest, shown: Delivery) -> QuerySet[Recipient]:
    """Return the receivers with the outcome and the part of an address that are asked for."""
    rows = shown.recipients.order_by("email")
    status = request.GET.get("status", "")
    if status in Recipient.Status.values:
        rows = rows.filter(status=status)
    elif status == "uncertain":
        rows = rows.filter(is_uncertain=True)
    if query := request.GET.get("q", "").strip():
        rows = rows.filter(email__icontains=query)
    return rows


def _progress_context(request: HttpRequest, shown: Delivery) -> dict[str, Any]:
    """Return what the moving part of the page shows."""
    come = progress(shown)
    awaits = shown.status == Delivery.Status.AWAITING
    not_yours = why_not_approve(shown, request.user) if awaits else ""
    return {
        "delivery": shown,
        "progress": come,
        "standstill": standstill_of(shown),
        "may_approve": awaits and not not_yours,
        "not_yours": not_yours,
        **_again_context(shown, dict(come["outcomes"])[Recipient.Status.FAILED]),
    }


def _again_context(shown: Delivery, failed: int) -> dict[str, Any]:
    """Return whether the letter can be sent again to the failed, and if not, why in words or in numbers."""
    if shown.status != Delivery.Status.FINISHED or not failed:
        return {}
    if reason := why_not(shown):
        return {"why_not_again": reason}
    counts = count_failed(shown)
    return {"offers_again": counts.again > 0, "failed": counts}


def _headings(title: str, shown: Delivery) -> dict[str, str]:
    return {
        "page_title": title,
        "page_subtitle": shown.letter.title,
        "header_icon": "mail",
        "header_title": f"{title}: {shown.letter.title}",
    }


@require_safe
def delivery_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the page that is fetched again every two seconds while the letter goes out."""
    shown = _delivery_or_refusal(request, pk)
    context = _progress_context(request, shown)
    response = render(request, "newsletters/admin/delivery_progress.html", context)
    if not context["progress"]["is_moving"]:
        # The list of receivers below shows how each ended: the page is fetched whole once more.
        response["HX-Refresh"] = "true"
    return response


ACTIONS = {"pause": control.pause, "resume": control.resume}


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Pause, resume or approve a delivery."""
    shown = _delivery_or_refusal(request, pk)
    if action not in (*ACTIONS, "approve"):
        raise Http404
    try:
        if action == "approve":
            is_done = approve(shown, user=request.user)
        else:
            is_done = ACTIONS[action](shown, user=request.user)
    except PermissionDenied as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.warning(request, error.messages[0])
    else:
        if not is_done:
            _say_nothing_done(request)
    return redirect("newsletters_admin:delivery", pk)


def _say_nothing_done(request: HttpRequest) -> None:
    messages.warning(request, _("The delivery had changed in the meantime; nothing was done."))


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask "cancel?" with who has got the letter and who has not; only this page's button cancels."""
    shown = _delivery_or_refusal(request, pk)
    if request.method == "POST":
        is_done = control.cancel(shown, user=request.user)
    elif shown.is_open:
        context = {"delivery": shown, "order": order_of(shown), "come": _come_to(shown)}
        title = _("Cancel the delivery")
        return render(request, "newsletters/admin/cancel.html", {**context, **_headings(title, shown)})
    else:
        is_done = False
    if is_done:
        messages.success(request, _said_of_cancelled(shown))
    else:
        _say_nothing_done(request)
    return redirect("newsletters_admin:delivery", pk)


def _come_to(shown: Delivery) -> dict[str, int]:
    """Return how many have got the letter, are being sent it at this moment, and have not got it."""
    come = progress(shown)
    counted = dict(come["outcomes"])
    got, sending = counted[Recipient.Status.SENT], counted[Recipient.Status.SENDING]
    return {"got": got, "sending": sending, "not_got": come["total"] - got - sending}


def _said_of_cancelled(shown: Delivery) -> str:
    if not shown.frozen_at:
        return _("The delivery is cancelled. Nobody got the letter.")
    come = _come_to(shown)
    if come["sending"]:
        said = _(
            "The delivery is cancelled. Got the letter: %(got)d. Did not get it: %(not_got)d. "
            "On its way at this moment: %(sending)d."
        )
    else:
        said = _("The delivery is cancelled. Got the letter: %(got)d. Did not get it: %(not_got)d.")
    return said % come


@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask "send again to N?" with who is left out and why; only this page's button sends."""
    shown = _delivery_or_refusal(request, pk)
    if request.method == "POST":
        return _send_again(request, shown)
    refusal = why_not(shown)
    if refusal:
        messages.error(request, refusal)
        return redirect("newsletters_admin:delivery", pk)
    context = {"delivery": shown, "failed": count_failed(shown), **_headings(_("Send again"), shown)}
    return render(request, "newsletters/admin/again.html", context)


def _send_again(request: HttpRequest, shown: Delivery) -> HttpResponse:
    try:
        number = send_again(shown, user=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if number:
            said = ngettext(
                "The letter is sent again to %(number)d receiver.",
                "The letter is sent again to %(number)d receivers.",
                number,
            )
            messages.success(request, said % {"number": number})
        else:
            _say_nothing_done(request)
    return redirect("newsletters_admin:delivery", shown.pk)


@require_safe
def export(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Download the report, narrowed as on the page, as a semicolon-separated table that Excel reads."""
    shown = _delivery_or_refusal(request, pk)
    lines = report_lines(_chosen_rows(request, shown))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = address_words(shown.letter.title) or "brev"
    response["Content-Disposition"] = f'attachment; filename="{name}-{shown.pk}.csv"'
    response["Cache-Control"] = "no-store"
    return response
