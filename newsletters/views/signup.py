"""Sign-up to letters: the form, what comes after it, and the confirmation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.forms.anonymous import anonymous_post
from core.models import ServiceSettings
from newsletters.models import Series, SignupRequest
from newsletters.public_forms import SIGNUP_WORDING, SignupForm
from newsletters.signing_up import confirm as confirm_signup
from newsletters.signing_up import request_subscription
from newsletters.tokens import CONFIRM_AGE, BadToken, read_token
from newsletters.views.answers import address_in_language, bad_token, in_chosen_language, page


@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@anonymous_post("letter-signup", limit=20)
def signup(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Show the sign-up form of all public series or of one, and take it. Known or not: the answer is the same."""
    chosen = get_object_or_404(Series, slug=slug, is_public=True) if slug else None
    service = ServiceSettings.for_request(request)
    form = SignupForm(request.POST or None, request=request, service=service, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        with form.taken_once() as is_first:
            if is_first:
                request_subscription(
                    form.cleaned_data["email"],
                    form.chosen_series,
                    first_name=form.cleaned_data["first_name"],
                    last_name=form.cleaned_data["last_name"],
                    language=translation.get_language() or "nb",
                    wording=form.wording,
                    measuring_wording=form.measuring_wording,
                )
        return redirect(address_in_language("signup_sent"))
    context = {"form": form, "series": form.only, "wording": SIGNUP_WORDING, "is_open": _is_open()}
    return page(request, "signup", {**context, "has_languages": True}, status=form.status)


@require_safe
@in_chosen_language
def signup_sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way."""
    return page(request, "signup_sent", {})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the button will confirm; only the button, a POST, confirms it."""
    try:
        (request_id,) = read_token("confirm", token, max_age=CONFIRM_AGE)
    except BadToken as problem:
        return bad_token(request, "signup", is_expired=problem.is_expired)
    asked = SignupRequest.objects.filter(pk=request_id).first()
    if asked is None:
        return bad_token(request, "signup", is_expired=True)
    translation.activate(asked.language)
    context = {"asked": asked, "series": asked.series.all()}
    if request.method == "POST":
        confirm_signup(asked.pk)
        return page(request, "confirmed", context)
    return page(request, "confirmed_before" if asked.confirmed_at else "confirm", context)


def _is_open() -> bool:
    return Series.objects.filter(is_public=True).exists()
