"""One page's answers: figures, a chart, and the comments, which an editor marks as handled."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin.auth import permission_required
from wagtail.models import Page

from core.models import FeedbackResponse
from reporting import figures
from reporting.drawings import Drawing
from reporting.periods import read_period

PER_PAGE = 25


@permission_required("reporting.view_reports")
def page_feedback(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what readers answered about one page."""
    page = get_object_or_404(Page, pk=page_id)
    period = read_period(request.GET.get("period", "alt"))
    scores = figures.scores_of(page.pk, period)
    labels = {
        "relevance": _("Relevance"),
        "accessibility": _("Easy to understand"),
        "structure": _("Structure"),
        "action": _("Points to actions"),
    }
    rows = [
        (labels[question], [round(value, 1)])
        for question, (value, answers) in scores.items()
        if value is not None and answers >= figures.FEWEST_ANSWERS
    ]
    answers = FeedbackResponse.objects.filter(page=page, **period.limits("received_on"))
    said = answers.filter(was_useful__isnull=False)
    context = {
        "page": page,
        "page_title": _("Feedback from readers"),
        "page_subtitle": page.title,
        "header_icon": "comment",
        "answers": answers.count(),
        "useful": figures.share(said.filter(was_useful=True).count(), said.count()),
        "scores": [(labels[name], figures.average(*found)) for name, found in scores.items()],
        "drawing": Drawing(_("The four questions, averages from 1 to 10"), "", [_("Average")], rows),
        "comments": Paginator(answers.exclude(comment=""), PER_PAGE).get_page(request.GET.get("p")),
        "may_handle": request.user.has_perm("core.change_feedbackresponse"),
        "fewest": figures.FEWEST_ANSWERS,
    }
    return render(request, "reporting/admin/page_feedback.html", context)


@require_POST
@permission_required("core.change_feedbackresponse")
def mark_handled(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a comment as handled, or take it back."""
    answer = get_object_or_404(FeedbackResponse, pk=pk)
    answer.is_handled = not answer.is_handled
    answer.save(update_fields=["is_handled"])
    return redirect(reverse("reporting:page_feedback", args=[answer.page_id]))
