"""Leaving a series: the page with a button, and the one-click POST of RFC 8058 that mail programs send.

A forwarded letter holds the link too, so it lessens mail and does nothing else. What a person gets is chosen on the
preference page, which has a link of its own in the letter; whoever has left all letters starts none there without
answering a mail (newsletters.own_stop).
"""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from directory.models import Person
from newsletters.models import Recipient, Series, owner_of
from newsletters.public_forms import UnsubscribeForm
from newsletters.subscriptions import has_left_all, left_since, unsubscribe, unsubscribe_from_all
from newsletters.tokens import FEWER_AGE, BadToken, read_token
from newsletters.views.answers import bad_token, page
from newsletters.wishes import Wish, lessen, pause_end

ONE_CLICK = "One-Click"


class Link(NamedTuple):
    """What an unsubscribe link leads to today."""

    person: Person | None
    series: Series | None
    recipient: Recipient | None


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page; a POST acts at once, from a mail program (RFC 8058: no redirect, no cookie) or from the button."""
    is_one_click = request.POST.get("List-Unsubscribe") == ONE_CLICK
    try:
        link = _follow(token)
    except BadToken as problem:
        if is_one_click:
            return _plain("This link is not one of ours.", 404)
        return bad_token(request, "unsubscribe", is_expired=problem.is_expired)
    if link.person is None or link.series is None:  # nobody gets these letters any more
        return (
            _plain("OK", 200) if is_one_click else page(request, "nothing_to_leave", {"person": link.person})
        )
    if is_one_click:
        unsubscribe(link.person, link.series, recipient=link.recipient)
        return _plain("OK", 200)
    return _by_hand(request, token, link.person, link.series, link.recipient)


@csrf_exempt
@require_POST
def fewer(request: HttpRequest, token: str) -> HttpResponse:
    """Stay on with fewer letters: a button of the page for leaving."""
    try:
        person = _follow(token, max_age=FEWER_AGE).person
    except BadToken as problem:
        return bad_token(request, "unsubscribe", is_expired=problem.is_expired)
    if person is None:
        return bad_token(request, "unsubscribe", is_expired=True)
    wish = request.POST.get("wish")
    if wish not in (Wish.PAUSE, Wish.IMPORTANT):
        return redirect("newsletters:unsubscribe", token)
    translation.activate(person.language)
    lessen(person, wish)
    last_day = pause_end(person) if wish == Wish.PAUSE else None
    return page(request, "fewer", {"last_day": last_day})


def _follow(token: str, max_age: float | None = None) -> Link:
    """Return what the link leads to, also where the person's entry has been merged into another. Raises BadToken."""
    try:
        person_id, series_id, recipient_id = read_token("unsubscribe", token, max_age=max_age)
    except BadToken:
        raise
    except ValueError as error:
        raise BadToken("The token holds something else.") from error
    recipient = Recipient.objects.select_related("person").filter(pk=recipient_id).first()
    owner = owner_of(recipient) if recipient else None
    person = Person.objects.by_number(person_id).first() or owner
    return Link(
        person,
        Series.objects.filter(pk=series_id).first(),
        recipient if person and owner == person else None,
    )


def _by_hand(
    request: HttpRequest, token: str, person: Person, series: Series, recipient: Recipient | None
) -> HttpResponse:
    translation.activate(person.language)
    form = UnsubscribeForm(request.POST if request.method == "POST" else None, series=series)
    if request.method != "POST":
        if since := left_since(person, series):
            context = {"series": series, "since": since, "left_all": has_left_all(person)}
            return page(request, "left_before", context)
        context = {"series": series, "form": form, "token": token, "may_lessen": _may_lessen(token)}
        return page(request, "unsubscribe", context)
    # Whatever else the form holds: who presses the button leaves.
    form.is_valid()
    reason = form.cleaned_data.get("reason", "")
    left_all = request.POST.get("scope") == "all"
    if left_all:
        unsubscribe_from_all(person, recipient=recipient, reason=reason)
    unsubscribe(person, series, recipient=recipient, reason=reason)
    return page(request, "unsubscribed", {"series": series, "left_all": left_all})


def _may_lessen(token: str) -> bool:
    """Whether the link is young enough for the choices beside leaving."""
    try:
        read_token("unsubscribe", token, max_age=FEWER_AGE)
    except BadToken:
        return False
    return True


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
