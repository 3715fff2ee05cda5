"""The pages an adviser sends a letter from: look, test, choose, confirm."""

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin import messages

from newsletters import trial_outcomes
from newsletters.admin.forms import AudienceForm, SavedAudienceForm, TestLetterForm, initial_audience
from newsletters.admin.saved_audiences import SavedChoice, offered, saved_choices, summary
from newsletters.audience import Audience
from newsletters.letter_checks import check_letter, may_be_sent
from newsletters.models import Delivery, LetterPage, SavedAudience
from newsletters.outside_checks import outside_state
from newsletters.rendering import render_letter
from newsletters.services import trial
from newsletters.services.deliver import order_delivery, require_right
from newsletters.services.freeze import latest_letter


def _letter_or_refusal(request: HttpRequest, page_id: int) -> LetterPage:
    require_right(request.user)
    return latest_letter(get_object_or_404(LetterPage, pk=page_id))


def send(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show the checks, send tests, choose the audience. Sends nothing to it."""
    letter = _letter_or_refusal(request, page_id)
    test_form = TestLetterForm(initial={"addresses": request.user.email})
    if request.method == "POST":
        test_form = TestLetterForm(request.POST)
        if test_form.is_valid():
            return _send_test(request, letter, test_form.cleaned_data["addresses"])
    series = letter.series
    saved = saved_choices(series.saved_audiences.all() if series else [], is_important=letter.is_important)
    default = next((one for one in saved if series and one.saved.pk == series.default_audience_id), None)
    used = next((one for one in saved if str(one.saved.pk) == request.GET.get("saved")), None)
    used = used or (None if request.GET else default)
    rendered = render_letter(letter)
    checks = check_letter(letter, rendered)
    context = {
        "checks": checks,
        "may_be_sent": may_be_sent(checks),
        "outside": outside_state(letter),
        "previews": [(mode, label) for mode, label in LetterPage.PREVIEWS if mode],
        "rendered": rendered,
        "form": _audience_form(request, letter, used, default),
        "saved": saved,
        "used": used,
        "default": default,
        "test_form": test_form,
        "test_outcome": trial_outcomes.latest(letter.pk, request.user.pk),
        "deliveries": letter.deliveries.all(),
        "open_delivery": letter.deliveries.filter(status__in=Delivery.OPEN_STATUSES).first(),
    }
    return render(request, "newsletters/admin/send.html", _frame(letter, _("Send"), **context))


def _audience_form(
    request: HttpRequest, letter: LetterPage, used: SavedChoice | None, default: SavedChoice | None
) -> AudienceForm:
    """Return the form as it was filled in, or filled with a saved audience, or with the series' default."""
    if used and used.is_usable:
        return AudienceForm(initial=used.audience.as_dict())
    if request.GET and "saved" not in request.GET:
        return AudienceForm(request.GET)
    return AudienceForm(initial=initial_audience(letter.series, default))


def _send_test(request: HttpRequest, letter: LetterPage, addresses: list[str]) -> HttpResponse:
    """Order a test. How it went comes beside the form: the answers are not known yet."""
    page = reverse("newsletters_admin:send", args=[letter.pk])
    try:
        trial.order_test(letter, addresses, user=request.user)
    except PermissionDenied:
        raise
    except Exception:  # whatever a broker's client raises
        messages.error(request, _("The test letter could not be sent: the queue of jobs does not answer."))
        return redirect(page)
    return redirect(f"{page}#test")


def confirm(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask "send to N people?" with the number and a sample; only this page's button sends. It may be saved."""
    letter = _letter_or_refusal(request, page_id)
    form = AudienceForm(request.GET)
    checks = check_letter(letter, render_letter(letter))
    if not form.is_valid() or not may_be_sent(checks):
        for errors in form.errors.values():
            messages.error(request, " ".join(errors))
        return redirect(f"{reverse('newsletters_admin:send', args=[letter.pk])}?{request.GET.urlencode()}")
    audience, at = form.audience(letter), form.cleaned_data["at"]
    name_form = _name_form(request, letter)
    if "save" in request.POST:
        if name_form.is_valid():
            return _save_audience(request, name_form, audience)
    elif request.method == "POST":
        return _order(request, letter, audience, at)
    context = {
        "audience": summary(audience, offered()),
        "count": audience.count(),
        "held_back": audience.held_back(),
        "name_form": name_form,
        "sample": audience.sample(8),
        "at": at,
        "form_id": uuid.uuid4(),
        "back": f"{reverse('newsletters_admin:send', args=[letter.pk])}?{request.GET.urlencode()}",
        "warnings": [check for check in checks if check.level == "warn"],
        "earlier": letter.deliveries.filter(status=Delivery.Status.FINISHED).first(),
        "needs_approval": letter.series.approval_required,
    }
    return render(request, "newsletters/admin/confirm.html", _frame(letter, _("Confirm"), **context))


def _name_form(request: HttpRequest, letter: LetterPage) -> SavedAudienceForm:
    instance = SavedAudience(series=letter.series, created_by=request.user)
    return SavedAudienceForm(request.POST if "save" in request.POST else None, instance=instance)


def _save_audience(request: HttpRequest, name_form: SavedAudienceForm, audience: Audience) -> HttpResponse:
    """Keep the audience for later letters; whether this one is important is no part of it."""
    name_form.instance.audience = replace(audience, is_important=False).as_dict()
    saved = name_form.save()
    messages.success(request, _("The audience is saved as «%(name)s».") % {"name": saved.name})
    return redirect(request.get_full_path())


def _order(request: HttpRequest, letter: LetterPage, audience, at: datetime | None) -> HttpResponse:
    try:
        form_id = uuid.UUID(request.POST.get("form_id", ""))
    except ValueError:
        messages.error(request, _("The form was not complete. Look over the choices and try again."))
        return redirect("newsletters_admin:send", letter.pk)
    try:
        delivery = order_delivery(letter, audience, user=request.user, form_id=form_id, at=at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("newsletters_admin:send", letter.pk)
    return redirect("newsletters_admin:delivery", delivery.pk)


def _frame(letter: LetterPage, title: str, **context: Any) -> dict[str, Any]:
    """Return what every page about a letter shows around its content."""
    return {
        "letter": letter,
        "series": letter.series,
        "page_title": title,
        "page_subtitle": letter.title,
        "header_icon": "mail",
        "header_title": f"{title}: {letter.title}",
        **context,
    }
