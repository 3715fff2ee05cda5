"""Pictures in mail: formats and addresses that every mail program shows."""

from dataclasses import dataclass

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
    if image is None or image.is_svg():
        return None
    size = f"fill-{width}x{height}" if height else f"width-{width}"
    try:
        rendition = image.get_rendition(f"{size}|format-jpeg|jpegquality-78|bgcolor-ffffff")
    except (SourceImageIOError, InvalidFilterSpecError, OSError, ValueError):
        return None
    return MailPicture(absolute_address(rendition.url), rendition.width, rendition.height, alt)
