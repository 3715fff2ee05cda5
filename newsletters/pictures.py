"""Pictures in mail: formats and addresses that every mail program shows."""

from dataclasses import dataclass, replace

from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError

from newsletters.rendering import absolute_address


@dataclass(frozen=True)
class MailPicture:
    """A picture's absolute address and size in pixels."""

    url: str
    width: int
    height: int
    alt: str = ""


HERO_WIDTH, HERO_HEIGHT = 1200, 900
# Twice what is shown, so that it is sharp on fine screens.
BAND_SIZE, LOGO_SIZE, SERVICE_LOGO_WIDTH = (1200, 300), (480, 160), 300


def hero_rendition(image, alt: str) -> MailPicture | None:
    """Return the picture on top of a letter: whole, unless it is so tall that it would fill the screen."""
    if image is None or not image.width:
        return None
    height = min(round(HERO_WIDTH * image.height / image.width), HERO_HEIGHT)
    return mail_rendition(image, HERO_WIDTH, height, alt=alt)


def mail_rendition(image, width: int, height: int = 0, alt: str = "") -> MailPicture | None:
    """Return a JPEG copy, cropped when a height is given; None for drawings (SVG), which mail programs do not show.

    A broken file gives None too: a letter without a picture is better than no letter.
    """
    return _rendition(image, f"fill-{width}x{height}" if height else f"width-{width}", alt)


def band_rendition(series) -> MailPicture | None:
    """Return the series' picture across the letter's width; None where it has none, or one that is a logo."""
    if series is None or series.header_shape != series.HeaderShape.BAND:
        return None
    return mail_rendition(series.header_picture, *BAND_SIZE, alt=series.header_alt)


def logo_rendition(series, service) -> MailPicture | None:
    """Return the logo above the name at the size it is shown: the series', else the service's; none under a band."""
    if series is None or series.header_picture is None:
        logo = mail_rendition(service.logo, SERVICE_LOGO_WIDTH)
    elif series.header_shape == series.HeaderShape.BAND:
        return None
    else:
        logo = _rendition(series.header_picture, "max-{}x{}".format(*LOGO_SIZE), series.header_alt)
    return logo and replace(logo, width=logo.width // 2, height=logo.height // 2)


def _rendition(image, size: str, alt: str) -> MailPicture | None:
    if image is None or image.is_svg():
        return None
    try:
        rendition = image.get_rendition(f"{size}|format-jpeg|jpegquality-78|bgcolor-ffffff")
    except (SourceImageIOError, InvalidFilterSpecError, OSError, ValueError):
        return None
    return MailPicture(absolute_address(rendition.url), rendition.width, rendition.height, alt)
