"""The words of addresses and file names: ASCII only, made of titles in one way everywhere."""

import re

from django.utils.text import slugify
from wagtail.admin.widgets import SlugInput

_LETTERS = {"æ": "ae", "ø": "o", "å": "a"}
# Between words and in numbers such as "2/2027"; left out, they would become "22027".
_BETWEEN = "[/.:,+–—]+"


def plain_letters(text: str) -> str:
    """Return the text in small letters with æ, ø and å as ae, o and a."""
    text = text.lower()
    for letter, plain in _LETTERS.items():
        text = text.replace(letter, plain)
    return text


def address_words(text: str) -> str:
    """Return "prove-2-2027" of "Prøve 2/2027"; "" where nothing is left."""
    return slugify(re.sub(_BETWEEN, "-", plain_letters(text))).strip("-")


class AddressInput(SlugInput):
    """The field of a page's address: follows the title as `address_words` does, and takes ASCII alone."""

    def __init__(self, attrs: dict | None = None) -> None:
        letters = [(f"[{letter}{letter.upper()}]", plain) for letter, plain in _LETTERS.items()]
        ascii_only = {"data-w-slug-allow-unicode-value": "false"}
        super().__init__({**ascii_only, **(attrs or {})}, formatters=[*letters, (_BETWEEN, "-")])
