"""Whether a letter can be sent as it is: asked when it is ordered, approved and started, whatever a form said."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from newsletters.letter_checks import check_letter
from newsletters.models import LetterPage
from newsletters.rendering import render_letter


def require_ready(letter: LetterPage) -> None:
    """Raise ValidationError with what must be mended first. Asks no other site."""
    stops = [check.text for check in check_letter(letter, render_letter(letter)) if check.level == "stop"]
    if stops:
        raise ValidationError(_("The letter must be mended first: %(what)s") % {"what": " ".join(stops)})
