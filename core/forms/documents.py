"""The form of a document in the admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.documents.forms import BaseDocumentForm


class PortalDocumentForm(BaseDocumentForm):
    """Says of Wagtail's own fields what they do."""

    class Meta(BaseDocumentForm.Meta):
        help_texts = {
            "title": _("Shown to readers as the text of the link, and found by their searches."),
            "collection": _("Decides who may use and change the document: each project has its own."),
            "tags": _("Words that editors can search by. Left empty, it is found by its title alone."),
        }
