"""How the letters of a series look: its own colour, and what stands at the top."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.accent import COLOUR_CODE, unreadable


class LetterDesign(models.Model):
    """Colour and header of letters; what is left empty is the service's own."""

    class HeaderShape(models.TextChoices):
        LOGO = "logo", _("Logo: whole, small, to the left above the service's name")
        BAND = "band", _("Picture: a band across the whole width, above the service's name")

    accent_colour = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        validators=[COLOUR_CODE],
        help_text=_(
            "The colour of links, buttons and the line on top, in the letters and in the series' archive, e.g."
            " #0b5345. It must stand out from white; dark mode gets a lighter shade of it. Left empty, the"
            " service's own is used."
        ),
    )
    header_picture = models.ForeignKey(
        "core.PortalImage",
        verbose_name=_("picture on top"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "A logo or a picture, JPEG or PNG, on top of every letter and of the archive. Left empty, letters"
            " have the service's logo."
        ),
    )
    header_shape = models.CharField(
        _("shape"),
        max_length=4,
        choices=HeaderShape,
        default=HeaderShape.LOGO,
        db_default=HeaderShape.LOGO,
        help_text=_("A band is cut to four times as wide as it is high, around the picture's focal point."),
    )
    header_alt = models.CharField(
        _("what the picture says"),
        max_length=150,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Shown and read aloud where the picture is not, e.g. the words in a logo. Left empty, the picture"
            " counts as decoration: the service's name stands below it either way."
        ),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse a colour on which white text cannot be read, and a picture that mail programs do not show."""
        super().clean()
        problems = {}
        if problem := unreadable(self.accent_colour):
            problems["accent_colour"] = problem
        if self.header_picture and self.header_picture.is_svg():
            problems["header_picture"] = _("Mail programs do not show SVG. Choose a JPEG or PNG.")
        if problems:
            raise ValidationError(problems)
