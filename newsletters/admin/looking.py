"""Beside the send page: the letter in each preview, the checks that take time, and how a test went."""

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.admin import messages

from newsletters import outside_checks, trial_outcomes
from newsletters.models import LetterPage
from newsletters.services.deliver import require_right
from newsletters.services.freeze import latest_letter
from newsletters.views.browser_copy import MAIL_POLICY
from newsletters.views.preview import preview


def _letter_or_refusal(request: HttpRequest, page_id: int) -> LetterPage:
    require_right(request.user)
    return latest_letter(get_object_or_404(LetterPage, pk=page_id))


@require_safe
@csp_replace(MAIL_POLICY)
def preview_mode(request: HttpRequest, page_id: int, mode: str) -> HttpResponse:
    """Show the letter as it was last saved in one of the mail modes."""
    letter = _letter_or_refusal(request, page_id)
    if mode not in dict(LetterPage.PREVIEWS):
        raise Http404
    return preview(letter, mode)


@require_http_methods(["GET", "HEAD", "POST"])
def outside(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what is known of links to other sites and the spam score; a POST has a worker find out."""
    letter = _letter_or_refusal(request, page_id)
    failed = False
    if request.method == "POST":
        try:
            outside_checks.begin(letter, again="again" in request.POST)
        except Exception:  # whatever a broker's client raises
            failed = True
    if request.htmx:
        context = {"letter": letter, "outside": outside_checks.outside_state(letter), "failed": failed}
        return render(request, "newsletters/admin/send_outside.html", context)
    if failed:
        messages.error(request, _("The links could not be asked: the queue of jobs does not answer."))
    return redirect("newsletters_admin:send", letter.pk)


@require_safe
def test_outcome(request: HttpRequest, page_id: int) -> HttpResponse:
    """Return how the adviser's own latest test went: the part of the send page that is fetched again while it waits."""
    letter = _letter_or_refusal(request, page_id)
    context = {"letter": letter, "outcome": trial_outcomes.latest(letter.pk, request.user.pk)}
    return render(request, "newsletters/admin/send_test.html", context)
