"""A person's own page about letters, reached by a signed link; erasing asks for a fresh mail first."""

from collections.abc import Callable
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.forms.anonymous import anonymous_post
from core.models import ServiceSettings
from directory.models import Person
from directory.services import erase_person
from newsletters import consents, subscriptions, wishes
from newsletters.link_mails import mail_person
from newsletters.models import Series
from newsletters.own_stop import stop_on_own_page
from newsletters.public_forms import SIGNUP_WORDING, AddressForm, PreferencesForm
from newsletters.tokens import ERASE_AGE, PREFERENCES_AGE, BadToken, read_token, was_mailed_to
from newsletters.views.answers import address_in_language, bad_token, in_chosen_language, page


class AddressChanged(BadToken):
    """Nobody knows who reads the mailbox that the link was sent to."""


OwnView = Callable[[HttpRequest, str, Person], HttpResponse]


def for_owner_of(purpose: str, *, max_age: float) -> Callable[[OwnView], Callable[..., HttpResponse]]:
    """Give the view the person whom its token names, and their language; a token that is no good gets a page."""

    def guard(view: OwnView) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            try:
                person = _person(purpose, token, max_age)
            except AddressChanged:
                return page(request, "address_changed", {}, status=410)
            except BadToken as problem:
                return bad_token(request, "preferences", is_expired=problem.is_expired)
            translation.activate(person.language)
            return view(request, token, person)

        return guarded

    return guard


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_owner_of("preferences", max_age=PREFERENCES_AGE)
def preferences(request: HttpRequest, token: str, person: Person) -> HttpResponse:
    """Show and save which letters come, in which language, and whether they are measured."""
    form = _form(request, person, request.POST if request.method == "POST" else None)
    is_saved = request.method == "POST" and form.is_valid()
    wanted: list[Series] = []
    if is_saved:
        wanted = list(form.cleaned_data["series"])
        _save(person, form)
        translation.activate(person.language)
        form = _form(request, person, None)
    context = {
        "form": form,
        "token": token,
        "is_saved": is_saved,
        "has_left_all": subscriptions.has_left_all(person),
        "address": _masked(person.email),
        "stop": stop_on_own_page(person, wanted),
    }
    return page(request, "preferences", context)


@transaction.atomic
def _save(person: Person, form: PreferencesForm) -> None:
    chosen = form.cleaned_data
    subscriptions.save_preferences(
        person,
        list(chosen["series"]),
        language=chosen["language"],
        wording=str(SIGNUP_WORDING),
        measuring_wording=form.measuring_wording if form.asks_about_measuring else None,
    )
    if chosen["wish"]:
        wishes.set_wish(person, chosen["wish"])
    if "interests" in chosen:
        wishes.set_interests(person, chosen["interests"])


def _form(request: HttpRequest, person: Person, data) -> PreferencesForm:
    return PreferencesForm(
        data,
        service=ServiceSettings.for_request(request),
        person=person,
        has_consented=consents.has_consented(person),
        current=subscriptions.letters_of(person),
    )


@csrf_exempt
@require_POST
@for_owner_of("preferences", max_age=PREFERENCES_AGE)
def ask_for_erasure(request: HttpRequest, token: str, person: Person) -> HttpResponse:
    """Mail the person the link that erases; the preference link alone, which a forwarded letter holds, cannot."""
    try:
        mail_person("erasure", person)
    except OSError:
        return page(request, "mail_is_away", {"token": token}, status=503)
    return page(request, "erase_asked", {"address": _masked(person.email)})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_owner_of("erase", max_age=ERASE_AGE)
def erase(request: HttpRequest, token: str, person: Person) -> HttpResponse:
    """Show what will be erased; the button erases it."""
    if request.method == "POST":
        erase_person(person)
        return page(request, "erased", {})
    return page(request, "erase", {"address": person.email})


@require_http_methods(["GET", "HEAD", "POST"])
@in_chosen_language
@anonymous_post("letter-preferences", limit=20)
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Mail the link to the preference page to an address, if it is known; the answer is the same if it is not."""
    form = AddressForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            with form.taken_once() as is_first:
                if is_first:
                    person = Person.objects.by_email(form.cleaned_data["email"]).first()
                    mail_person("preferences", person)
            return redirect(address_in_language("preferences_sent"))
        except OSError:
            form.mail_failed()
    return page(request, "ask_for_link", {"form": form, "has_languages": True}, status=form.status)


@require_safe
@in_chosen_language
def link_sent(request: HttpRequest) -> HttpResponse:
    """Say that a mail comes if the address is known."""
    return page(request, "link_sent", {})


def _person(purpose: str, token: str, max_age: float) -> Person:
    """Return whose page it is; a link to an entry that was merged into another opens that one's."""
    number, *rest = read_token(purpose, token, max_age=max_age)
    person = Person.objects.by_number(number).first()
    if person is None:
        raise BadToken("The person is erased.", is_expired=True)
    if purpose == "erase" and not (rest and was_mailed_to(rest[0], person.email)):
        translation.activate(person.language)
        raise AddressChanged("The mail went to an address that is not the person's.", is_expired=True)
    return person


def _masked(email: str) -> str:
    """Return "k•••@example.no": enough for the owner to know it, too little for whom a letter was forwarded to."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"
