"""Leaving a series: the page with a button, and the one-click POST of RFC 8058 that mail programs send."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from directory.models import Person
from newsletters.models import Recipient, Series
from newsletters.public_forms import UnsubscribeForm
from newsletters.subscriptions import unsubscribe, unsubscribe_from_all
from newsletters.tokens import BadToken, preferences_token, read_token
from newsletters.views.answers import bad_token, page

ONE_CLICK = "One-Click"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page; a POST acts at once, from a mail program (RFC 8058: no redirect, no cookie) or from the button."""
    try:
        person_id, series_id, recipient_id = read_token("unsubscribe", token)
    except (BadToken, ValueError) as problem:
        if request.POST.get("List-Unsubscribe") == ONE_CLICK:
            return _plain("This link is not one of ours.", 404)
        return bad_token(request, "unsubscribe", is_expired=getattr(problem, "is_expired", False))
    person = Person.objects.filter(pk=person_id).first()
    series = Series.objects.filter(pk=series_id).first()
    if person is None or series is None:  # erased: there is nothing left to leave
        return _gone(request)
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        unsubscribe(person, series, recipient=_recipient(recipient_id, person))
        return _plain("OK", 200)
    return _by_hand(request, person, series, _recipient(recipient_id, person))


def _by_hand(
    request: HttpRequest, person: Person, series: Series, recipient: Recipient | None
) -> HttpResponse:
    translation.activate(person.language)
    form = UnsubscribeForm(request.POST if request.method == "POST" else None, series=series)
    context = {"series": series, "form": form, "preferences": preferences_token(person.pk)}
    if request.method != "POST":
        return page(request, "unsubscribe", context)
    # Whatever else the form holds: who presses the button leaves.
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    if request.POST.get("scope") == "all":
        unsubscribe_from_all(person, recipient=recipient, reason=reason)
        context["left_all"] = True
    unsubscribe(person, series, recipient=recipient, reason=reason)
    return page(request, "unsubscribed", context)


def _recipient(recipient_id: int, person: Person) -> Recipient | None:
    return Recipient.objects.filter(pk=recipient_id, person=person).first() if recipient_id else None


def _gone(request: HttpRequest) -> HttpResponse:
    if request.POST.get("List-Unsubscribe") == ONE_CLICK:
        return _plain("OK", 200)
    return page(request, "unsubscribed", {"series": None})


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
