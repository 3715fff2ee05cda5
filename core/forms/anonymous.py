"""Forms anyone may send without log-in and without a cookie: feedback, sign-up, orders, registrations.

What a CSRF cookie would do is done by other means: the Origin header must be the site's own, the form carries a
seal (a random number, signed with the time it was shown), a field only robots fill must stay empty, and one source
may send only so often. Use it like this::

    class OrderForm(AnonymousFormMixin, forms.Form): ...

    @anonymous_post("order", limit=20)
    def order(request):
        form = OrderForm(request.POST or None, request=request)
        if form.is_valid():
            with form.taken_once() as is_first:  # the same form sent twice counts once
                if is_first:
                    save(form)
            return redirect(...)                 # both times the same answer
        return render(request, "…", {"form": form}, status=form.status)

and write `{{ form.anonymous_fields }}` inside the `<form>` instead of `{% csrf_token %}`. A model with a unique
`form_id` column stores `form.cleaned_data["form_id"]` and needs no `taken_once`.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from core.sources import source_key

logger = logging.getLogger(__name__)

# A person needs longer than this to fill a form; a robot does not (seconds).
SHORTEST_STAY = 1.5
# A form left open longer must be sent once more (seconds).
SEAL_AGE = 12 * 3600
# The window of the rate limit: the keyed hash of the source lives no longer (seconds).
RATE_WINDOW = 3600
DEFAULT_LIMIT = 30
SEAL_SALT = "core.forms.anonymous"

PROBLEMS = {
    "origin": _("The form was not sent from this site. Open the page again and send it from there."),
    "limit": _("Many forms have come from your network the last hour. Wait a little and send again."),
    "seal": _("The form has been open for too long. What you wrote is kept: send it once more."),
    "fast": _("That went very quickly. What you wrote is kept: check it and send it once more."),
    "mail": _("Our mail server does not answer, so no mail was sent. Send the form again in a few minutes."),
    "trap": _("A field that must be empty was filled. It is emptied now: send the form once more."),
}


def make_seal(form_id: str = "") -> str:
    """Return a new seal: a random number with the time it was shown, signed."""
    return TimestampSigner(salt=SEAL_SALT).sign(form_id or secrets.token_hex(16))


def comes_from_this_site(request: HttpRequest) -> bool:
    """Whether the browser says that the request was sent from one of the site's own pages."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    said = request.headers.get("origin") or request.headers.get("referer", "")
    own = {request.get_host(), urlsplit(settings.SITE_URL).netloc}
    return urlsplit(said).netloc in own


def within_limit(key: str, limit: int, window: int = RATE_WINDOW) -> bool:
    """Count one more use of `key` and say whether it is among the first `limit` within `window` seconds.

    Without a working cache nothing is counted and everyone is let in: a lost Redis must not close the site.
    """
    try:
        if cache.add(key, 1, window) is not False:
            return True
        return cache.incr(key) <= limit
    except Exception:  # whatever the cache's client raises when its server is away
        return True


def give_back(key: str) -> None:
    """Take back one use of `key` that came to nothing."""
    try:
        cache.decr(key)
    except Exception:  # not counted, or no cache: then there is nothing to give back
        logger.debug("Nothing was given back for a use that came to nothing.")


def anonymous_post(
    scope: str, *, limit: int = DEFAULT_LIMIT
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorate a view that takes an anonymous form; `limit` forms per hour and source within `scope`.

    The request's problem, if any, lies in `request.anonymous_problem` ("origin", "limit" or nothing), where the form
    finds it and says so beside what was written. The answer is never cached: each form has its own seal.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            problem = ""
            if request.method == "POST":
                if not comes_from_this_site(request):
                    problem = "origin"
                elif not within_limit(source_key(request, f"form-{scope}"), limit):
                    problem = "limit"
            request.anonymous_problem = problem  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        return csrf_exempt(checked)

    return decorate


class AnonymousFormMixin(forms.Form):
    """Adds the seal and the trap field to a form and checks them; errors stand above the form, input is kept."""

    # Named as something robots like to fill; people never see it.
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    seal = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.problem = ""

    @property
    def anonymous_fields(self) -> SafeString:
        """The hidden fields. A form with errors gets a new seal, so that what was written can be sent again."""
        form_id = self._form_id() if self.is_bound else ""
        return render_to_string("core/anonymous_fields.html", {"form": self, "seal": make_seal(form_id)})

    @property
    def visible(self) -> list[forms.BoundField]:
        """The fields people see, in order."""
        return [field for field in self.visible_fields() if field.name != "website"]

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form."""
        return {"limit": 429, "origin": 403, "mail": 503}.get(self.problem, 200)

    def mail_failed(self) -> None:
        """Say that the mail which the form asks for cannot be sent now; what was written is kept."""
        self.problem = "mail"
        self.add_error(None, forms.ValidationError(PROBLEMS["mail"], code="mail"))

    def clean(self) -> dict[str, Any]:
        """Refuse a request that another site, a robot or an impatient source sent; pick out `form_id`."""
        cleaned = super().clean() or self.cleaned_data
        self.problem = self._find_problem()
        if self.problem:
            raise forms.ValidationError(PROBLEMS[self.problem], code=self.problem)
        cleaned["form_id"] = self._form_id()
        return cleaned

    @contextmanager
    def taken_once(self) -> Iterator[bool]:
        """Say whether this form, by its random number, is taken for the first time.

        When the block fails, the form is given back, so that sending it again is not met with a false "done".
        """
        key = f"form-taken:{self.cleaned_data['form_id']}"
        try:
            is_first = cache.add(key, 1, SEAL_AGE) is not False
        except Exception:  # without a cache a form may be taken twice rather than be lost
            is_first = True
        try:
            yield is_first
        except BaseException:
            if is_first:
                cache.delete(key)
            raise

    def _find_problem(self) -> str:
        if problem := getattr(self.request, "anonymous_problem", ""):
            return problem
        if self.data.get(self.add_prefix("website")):
            return "trap"
        signer = TimestampSigner(salt=SEAL_SALT)
        seal = self.data.get(self.add_prefix("seal"), "")
        try:
            signer.unsign(seal, max_age=SEAL_AGE)
        except (SignatureExpired, BadSignature):
            return "seal"
        try:
            signer.unsign(seal, max_age=SHORTEST_STAY)
        except SignatureExpired:
            return ""
        return "fast"

    def _form_id(self) -> str:
        try:
            return TimestampSigner(salt=SEAL_SALT).unsign(self.data.get(self.add_prefix("seal"), ""))
        except BadSignature:
            return ""
