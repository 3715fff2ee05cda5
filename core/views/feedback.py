"""The feedback page: was it useful, the four-question content test, one comment."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from core.forms.anonymous import AnonymousFormMixin, anonymous_post
from core.models import ContentPage, FeedbackResponse

SCORES = [("", "–"), *((str(n), str(n)) for n in range(1, 11))]
QUESTIONS = {
    "relevance": _("Relevance: does it support your work?"),
    "accessibility": _("Accessibility: is it easy to understand?"),
    "structure": _("Structure: do you easily find the main points?"),
    "action": _("Action: does it point to possible actions?"),
}


class FeedbackForm(AnonymousFormMixin, forms.ModelForm):
    """A reader's answer. Every question may be skipped; an empty form is refused."""

    was_useful = forms.TypedChoiceField(
        label=_("Was this page useful?"),
        choices=[("ja", _("Yes")), ("nei", _("No"))],
        coerce=lambda value: value == "ja",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = FeedbackResponse
        fields = ["was_useful", *QUESTIONS, "comment"]

    field_order = ["was_useful", *QUESTIONS, "comment"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, label in QUESTIONS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=SCORES, coerce=int, empty_value=None, required=False
            )
        self.fields["comment"].label = _("Do you want to tell us more?")
        self.fields["comment"].help_text = _(
            "Do not write names or anything about patients. We read everything, but cannot answer."
        )
        self.fields["comment"].widget = forms.Textarea(attrs={"rows": 4, "maxlength": 1000})
        self.order_fields(self.field_order)

    def clean(self):
        """Ask for at least one answer."""
        cleaned = super().clean()
        answers = [cleaned.get(name) for name in ("was_useful", *QUESTIONS)]
        if all(answer is None for answer in answers) and not cleaned.get("comment"):
            raise forms.ValidationError(_("Answer at least one question, or write a comment."))
        return cleaned


@anonymous_post("feedback", limit=30)
def feedback(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show the form for a page and take the answer; the same form sent twice is one answer."""
    page = get_object_or_404(ContentPage.objects.live().public(), pk=page_id)
    if not page.specific_class.asks_for_feedback:
        page = get_object_or_404(ContentPage.objects.none())
    initial = {"was_useful": request.GET.get("svar")}
    form = FeedbackForm(request.POST or None, initial=initial, request=request)
    context = {"subject": page, "form": form, "crumbs": []}
    if request.method == "POST" and form.is_valid():
        answer = {name: form.cleaned_data[name] for name in form.Meta.fields}
        FeedbackResponse.objects.get_or_create(
            form_id=form.cleaned_data["form_id"], defaults={"page_id": page.pk, **answer}
        )
        return render(request, "core/feedback_thanks.html", context)
    return render(request, "core/feedback.html", context, status=form.status)
