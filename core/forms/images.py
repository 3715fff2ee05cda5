"""The form of a picture in the admin."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL.Image import DecompressionBombError
from wagtail.images.forms import BaseImageForm

# What Wagtail's own fields do, said here as the fields are its own.
HELP_TEXTS = {
    "title": _("Shown to editors in lists and searches. Readers never see it."),
    "description": _(
        "What the picture shows, for editors' searches. Left empty, it is found by title and tags alone."
    ),
    "collection": _("Decides who may use and change the picture: each project has its own."),
    "tags": _("Words that editors can search by. Left empty, it is found by its title alone."),
}


class PortalImageForm(BaseImageForm):
    """Says in a sentence that a file is no picture, whatever is wrong with it.

    Wagtail counts a picture's points before it has tried to read it, so a file that only begins like a picture would
    end in an error page.
    """

    class Meta(BaseImageForm.Meta):
        help_texts = HELP_TEXTS

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("file")
        if field is not None:
            read = field.to_python

            def read_carefully(data: Any) -> Any:
                try:
                    return read(data)
                except (OSError, ValueError, SyntaxError, DecompressionBombError) as error:
                    message = field.error_messages["invalid_image"]
                    raise ValidationError(message, code="invalid_image") from error

            field.to_python = read_carefully
