"""An accent colour that editors choose: how it is written, and that white text can be read on it."""

import re

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from core.contrast import contrast_ratio
from core.palette import WHITE

# What WCAG 2.1 asks of text (1.4.3).
MINIMUM_CONTRAST = 4.5
COLOUR_CODE = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six digits or letters a–f."))


def unreadable(colour: str) -> str:
    """Return why white text cannot be read on a colour (#rrggbb); empty where it can, or no colour is written."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return ""
    ratio = contrast_ratio(colour, WHITE)
    if ratio >= MINIMUM_CONTRAST:
        return ""
    return _(
        "White text on this colour has a contrast of %(ratio)s to 1; at least 4.5 is "
        "needed. Choose a darker colour."
    ) % {"ratio": f"{ratio:.1f}".replace(".", ",")}
