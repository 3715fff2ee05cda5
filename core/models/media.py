"""Pictures and documents with what the law asks of them: credit, consent, language, accessibility."""

import copy
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, Document
from wagtail.images.models import AbstractImage, AbstractRendition, Image


class PortalImage(AbstractImage):
    """A picture with credit, licence and the consent of the people in it."""

    credit = models.CharField(
        _("credit"),
        max_length=200,
        blank=True,
        help_text=_("Who made the picture; shown under it. Left empty, no credit is shown."),
    )
    licence = models.CharField(
        _("licence"),
        max_length=200,
        blank=True,
        help_text=_("The terms the picture may be used under. Left empty, it counts as the service's own."),
    )
    consent = models.TextField(
        _("consent"),
        blank=True,
        help_text=_(
            "Who has agreed to be shown, and where the consent is kept. Leave empty when nobody"
            " can be recognised."
        ),
    )
    consent_expires = models.DateField(
        _("consent expires"),
        null=True,
        blank=True,
        help_text=_(
            "After this date the picture is listed as one to replace. Left empty, the consent has no end."
        ),
    )

    admin_form_fields = (*Image.admin_form_fields, "credit", "licence", "consent", "consent_expires")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        permissions = [("choose_image", "Can choose image")]

    @property
    def consent_is_over(self) -> bool:
        """Whether the consent of the people in the picture has ended."""
        return self.consent_expires is not None and self.consent_expires < timezone.localdate()

    def create_rendition(self, filter):
        """Make one resized copy; see `_with_own_file`."""
        return super(PortalImage, self._with_own_file()).create_rendition(filter)

    def create_renditions(self, *filters):
        """Make several resized copies, each in a statement of its own.

        Wagtail inserts them in one, in the order they happen to be ready: two readers who meet at a new picture then
        wait for each other until PostgreSQL ends one of them.
        """
        return {filter: self.create_rendition(filter) for filter in filters}

    def _with_own_file(self) -> Self:
        """This picture with a file that nobody else closes: the threads of a process share the pictures they show."""
        own = copy.copy(self)
        own.__dict__["file"] = self.file.name
        return own


class PortalRendition(AbstractRendition):
    """A resized copy of a picture. Renditions are public files."""

    image = models.ForeignKey(PortalImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="unique_rendition"
            )
        ]


class PortalDocument(AbstractDocument):
    """A file to download. HTML comes first: a PDF needs an accessible twin or a reason for having none."""

    class Language(models.TextChoices):
        NB = "nb", _("Norwegian Bokmål")
        NN = "nn", _("Norwegian Nynorsk")
        SE = "se", _("Northern Sámi")
        EN = "en", _("English")

    language = models.CharField(
        _("language"),
        max_length=2,
        choices=Language,
        default=Language.NB,
        help_text=_("The language the document is written in; shown beside the link."),
    )
    is_tagged = models.BooleanField(
        _("tagged for screen readers"),
        default=False,
        help_text=_(
            "Confirm that the PDF has tags and reading order. Without it a PDF cannot be saved "
            "unless a reason is given."
        ),
    )
    html_version = models.URLField(
        _("web version"),
        blank=True,
        help_text=_(
            "Address of the same content as a web page. Left empty, a reason must be given below for a PDF."
        ),
    )
    no_html_reason = models.CharField(
        _("reason for having no web version"),
        max_length=300,
        blank=True,
        help_text=_("Why the content exists only as a file. Needed for a PDF without a web version."),
    )

    admin_form_fields = (
        *Document.admin_form_fields,
        "language",
        "is_tagged",
        "html_version",
        "no_html_reason",
    )

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        permissions = [("choose_document", "Can choose document")]

    def clean(self) -> None:
        """Refuse a PDF without a web version or a reason, and one that is not confirmed as tagged."""
        if not self.file:
            # Refused already, in the form's words: Wagtail would add that an empty name has the wrong ending.
            return
        super().clean()
        if not self.file.name.lower().endswith(".pdf"):
            return
        if not self.html_version and not self.no_html_reason:
            raise ValidationError(
                {"no_html_reason": _("A PDF needs a web version, or a reason for having none.")}
            )
        if not self.is_tagged and not self.no_html_reason:
            raise ValidationError(
                {"is_tagged": _("Confirm that the PDF is tagged, or give the reason below.")}
            )
