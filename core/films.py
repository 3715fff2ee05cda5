"""Addresses and caption files of films."""

import io
import re

import webvtt
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

_YOUTUBE = re.compile(
    r"(?:youtube(?:-nocookie)?\.com/(?:watch\?(?:.*&)?v=|embed/|shorts/)|youtu\.be/)([\w-]{11})"
)
_VIMEO = re.compile(r"vimeo\.com/(?:video/)?(\d+)")


def film_embed_url(url: str) -> str:
    """Return the privacy-friendly address that plays the film at `url`, or "" when the service is unknown."""
    if match := _YOUTUBE.search(url):
        return f"https://www.youtube-nocookie.com/embed/{match[1]}?autoplay=1&rel=0"
    if match := _VIMEO.search(url):
        return f"https://player.vimeo.com/video/{match[1]}?dnt=1&autoplay=1"
    return ""


def film_provider(url: str) -> str:
    """Return the film service's name as readers know it, or ""."""
    if _YOUTUBE.search(url):
        return "YouTube"
    return "Vimeo" if _VIMEO.search(url) else ""


def too_big(file: FieldFile) -> str:
    """Return a sentence when a film that is being uploaded is bigger than any file may be, or ""."""
    most = settings.WAGTAILDOCS_MAX_UPLOAD_SIZE
    if file._committed or file.size <= most:  # what is stored already stays, whatever the setting says now
        return ""
    sizes = {"size": filesizeformat(file.size), "most": filesizeformat(most)}
    return _("The film is too big (%(size)s). Largest size: %(most)s.") % sizes


def check_caption_file(file) -> str:
    """Return a sentence that says what is wrong with a WebVTT file, or "" when it can be read."""
    file.seek(0)
    try:
        text = file.read().decode("utf-8-sig")
        captions = list(webvtt.from_buffer(io.StringIO(text)))
    except (UnicodeDecodeError, webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError):
        return _("The caption file cannot be read. It must be WebVTT in UTF-8.")
    finally:
        file.seek(0)
    return "" if captions else _("The caption file holds no captions.")
