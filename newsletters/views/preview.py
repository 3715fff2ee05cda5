"""An unsent letter as mail, for the editor's preview."""

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from newsletters.links import without_marks
from newsletters.models import LetterPage
from newsletters.rendering import fill, render_letter, without_pictures
from newsletters.services.trial import EXAMPLE_NAME
from newsletters.slots import absolute
from newsletters.views.browser_copy import MAIL_POLICY


def preview(letter: LetterPage, mode: str) -> HttpResponse:
    """Return the letter in one of the mail modes: email, phone, no_pictures, text."""
    response = HttpResponse(_page(letter, mode))
    # The preview is asked for as the letter's own page, whose policy would take away all that a mail looks like.
    response._csp_replace = MAIL_POLICY  # type: ignore[attr-defined]
    return response


def _page(letter: LetterPage, mode: str) -> str:
    rendered = render_letter(letter)
    values = _example_values(letter)
    if mode == "text":
        text = escape(fill(rendered.text, values))
        return render_to_string("newsletters/admin/preview_text.html", {"text": text, "letter": letter})
    html = fill(without_marks(rendered.html), {name: escape(value) for name, value in values.items()})
    if mode == "no_pictures":
        html = without_pictures(html)
    if mode == "phone":
        html = render_to_string("newsletters/admin/preview_phone.html", {"html": html, "letter": letter})
    return html


def _example_values(letter: LetterPage) -> dict[str, str]:
    """Return slots as someone called Kari would get them."""
    greeting = letter.series.greeting if letter.series else ""
    example = absolute(reverse("newsletters:trial_link"))
    return {
        "greeting": greeting.replace("{name}", EXAMPLE_NAME),
        "unsubscribe_url": example,
        "preferences_url": example,
        "pixel": "",
        "t": "",
    }
