"""Mail that came back and could not be placed: a list, each mail as plain text, and what may be done with it."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.viewsets.base import ViewSet

from newsletters.admin.letters import LetterMenuItem
from newsletters.admin.stray_forms import ForwardForm, HardBounceForm
from newsletters.bounces import outgoing, stray
from newsletters.bounces.forward import reply_address
from newsletters.bounces.outcomes import TryLater
from newsletters.models import StrayMail
from newsletters.services.deliver import require_right

PER_PAGE = 50
# So many of those sent on lately are shown; the row tells nothing but that and where to.
DONE_SHOWN = 20
# No failure report and hardly an answer is longer (letters).
TEXT_LIMIT = 50_000


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the mails that are here, newest first, and which were sent on lately."""
    require_right(request.user)
    rows = _here().select_related("series").defer("body", "address_hashes")
    done = StrayMail.objects.filter(state=StrayMail.State.DONE).order_by("-forwarded_at", "-pk")
    context = {
        "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
        "done": done[:DONE_SHOWN],
        "kept_days": stray.KEPT_DAYS,
        "done_days": stray.FORWARDED_DAYS,
        **_headings(_("Mail to look at")),
    }
    return render(request, "newsletters/admin/stray_index.html", context)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one mail as text; nothing in it is run, fetched or laid out."""
    require_right(request.user)
    return _shown(request, get_object_or_404(_here(), pk=pk))


@require_POST
def send_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the mail sent on to a series' reply address; a worker does it."""
    require_right(request.user)
    mail = get_object_or_404(_here(), pk=pk)
    form = ForwardForm(request.POST)
    if not form.is_valid():
        return _shown(request, mail, forward_form=form)
    series = form.cleaned_data["series"]
    if outgoing.order(pk, series):
        messages.success(request, _("The mail is being sent on to %(to)s.") % {"to": reply_address(series)})
    else:
        messages.info(request, _("The mail is being sent on already."))
    return redirect("stray_mail:index")


@require_POST
def mark_hard(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the mail as the report that an address does not exist."""
    require_right(request.user)
    mail = get_object_or_404(_here(), pk=pk)
    form = HardBounceForm(request.POST)
    if not form.is_valid():
        return _shown(request, mail, bounce_form=form)
    address = form.cleaned_data["address"]
    try:
        known = stray.mark_hard(mail, address)
    except TryLater:
        messages.error(request, _("A letter to this address is being sent right now; try again in a moment."))
        return redirect("stray_mail:show", pk)
    if not known:
        form.add_error("address", _("No letter has been sent to this address."))
        return _shown(request, mail, bounce_form=form)
    messages.success(request, _("%(address)s gets no more letters.") % {"address": address})
    return redirect("stray_mail:index")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the mail: it is dealt with, or was rubbish."""
    require_right(request.user)
    get_object_or_404(_here(), pk=pk).delete()
    messages.success(request, _("The mail is deleted."))
    return redirect("stray_mail:index")


def _here() -> QuerySet[StrayMail]:
    """The mails themselves; of one that was sent on, only the row is left."""
    return StrayMail.objects.exclude(state=StrayMail.State.DONE)


def _shown(
    request: HttpRequest,
    mail: StrayMail,
    *,
    forward_form: ForwardForm | None = None,
    bounce_form: HardBounceForm | None = None,
) -> HttpResponse:
    failed = stray.failed_addresses(mail)
    # Only a report proposes an address: a click must not stop the letters of somebody who has written to us.
    only = failed[0] if len(failed) == 1 and mail.reason == StrayMail.Reason.NOT_OURS else ""
    context = {
        "mail": mail,
        "text": stray.mail_of(mail).text[:TEXT_LIMIT],
        "failed": failed,
        "forward_form": forward_form or ForwardForm(initial={"series": mail.series_id}),
        "bounce_form": bounce_form or HardBounceForm(initial={"address": only}),
        **_headings(_("Mail to look at")),
    }
    return render(request, "newsletters/admin/stray_mail.html", context)


def _headings(title: str) -> dict[str, Any]:
    return {"page_title": title, "header_title": title, "header_icon": "mail"}


class StrayMailViewSet(ViewSet):
    """The list in the menu "Letters", for those who send letters."""

    name = "stray_mail"
    url_prefix = "brev/post"
    icon = "mail"
    menu_label = gettext_lazy("Mail to look at")
    menu_order = 80
    menu_item_class = LetterMenuItem

    def get_urlpatterns(self) -> list:
        """The list, a mail, and what may be done with it."""
        return [
            path("", index, name="index"),
            path("<int:pk>/", show, name="show"),
            path("<int:pk>/videresend/", send_on, name="send_on"),
            path("<int:pk>/finnes-ikke/", mark_hard, name="mark_hard"),
            path("<int:pk>/slett/", delete, name="delete"),
        ]
