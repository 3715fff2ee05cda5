"""Tags that show how a series looks, on its public pages."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError

from newsletters.models import Series

register = template.Library()


@register.simple_tag
def series_header(series: Series) -> SafeString:
    """The series' picture on top of its archive, in the shape its letters have it; nothing where the file is broken."""
    is_band = series.header_shape == series.HeaderShape.BAND
    size = "fill-1200x300" if is_band else "max-480x160"
    try:
        picture = series.header_picture.get_rendition(f"{size}|format-webp")
    except (SourceImageIOError, InvalidFilterSpecError, OSError, ValueError):
        return SafeString("")
    scale = 1 if is_band else 2
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}">',
        picture.url,
        picture.width // scale,
        picture.height // scale,
        series.header_alt,
    )
