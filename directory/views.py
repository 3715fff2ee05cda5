"""The person's own way out of the register."""

import logging

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from directory import erasure
from directory.models import Person
from directory.services import erase_person

logger = logging.getLogger(__name__)


@never_cache
@login_required
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Say what erasing means; on POST mail the confirmation."""
    person = getattr(request.user, "person", None)
    if person is None:
        messages.info(request, _("You are not in the register."))
        return redirect("accounts_my_page")
    problem = _mail_confirmation(person) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return render(request, "directory/erase_mailed.html", {"email": person.email})
    return render(request, "directory/ask_erasure.html", {"person": person, "problem": problem})


def _mail_confirmation(person: Person) -> str:
    """Mail the link that erases; return what the person must know when no mail was sent, else nothing."""
    if not erasure.may_mail(person):
        return _(
            "You have asked for this mail several times. Look for it in your mailbox, or try again in an hour."
        )
    try:
        erasure.send_confirmation(person)
    except OSError:
        logger.exception("The mail that confirms the erasure of person %s could not be sent", person.pk)
        return _("The mail could not be sent now, and nothing has been erased. Try again in a little while.")
    return ""


# No cookie is set for the one who comes from the mail; the signed token in the address is the proof.
@csrf_exempt
@never_cache
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST erases."""
    person = erasure.from_token(token)
    if person is None:
        return render(request, "directory/erase_invalid.html", status=410)
    if request.method != "POST":
        return render(request, "directory/erase.html", {"person": person})
    own_session = request.user.is_authenticated and request.user == person.user
    erase_person(person)
    if own_session:
        logout(request)
    return render(request, "directory/erased.html")
