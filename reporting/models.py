"""Figures that no system counts: reported by hand, with their source."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ReportedFigure(models.Model):
    """A number someone reports, e.g. film views at a platform or guidance hours, tied to a page and date."""

    class Kind(models.TextChoices):
        FILM_VIEWS = "film_views", _("Film views")
        PRINTED_COPIES = "printed_copies", _("Printed copies")
        TEACHING = "teaching", _("Teaching events")
        GUIDANCE_HOURS = "guidance_hours", _("Guidance hours")
        PARTICIPANTS = "participants", _("Participants")
        CONSULTATIONS = "consultations", _("Consultation statements")
        OTHER = "other", _("Other")

    page = models.ForeignKey(
        "core.ContentPage",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_figures",
        verbose_name=_("page"),
        help_text=_(
            "The project, network or film page the number belongs to. Left empty, it belongs to"
            " the whole service."
        ),
    )
    region = models.ForeignKey(
        "directory.HealthRegion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_figures",
        verbose_name=_("health region"),
        help_text=_("Left empty, the number counts for the whole country."),
    )
    kind = models.CharField(
        _("kind"),
        max_length=16,
        choices=Kind,
        help_text=_("What was counted; numbers of one kind are added up."),
    )
    number = models.PositiveIntegerField(
        pgettext_lazy("how many", "number"), help_text=_("How many, as a whole number.")
    )
    counted_on = models.DateField(
        _("counted on"),
        default=timezone.localdate,
        help_text=_("The day the number held; decides which year it belongs to."),
    )
    source = models.CharField(
        _("source"), max_length=200, help_text=_("Where the number was read, so that others can check it.")
    )

    class Meta:
        ordering = ["-counted_on", "kind"]
        # Whoever reads reports: most read, downloads, feedback, languages, portfolio.
        permissions = [("view_reports", "Can read the reports")]
        verbose_name = _("reported figure")
        verbose_name_plural = _("reported figures")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.number}"
