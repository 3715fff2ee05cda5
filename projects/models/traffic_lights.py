"""A project's monthly traffic light, outside the page's revisions."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models.pages import ProjectPage


class TrafficLight(models.Model):
    """A month's status of a project: time, cost, quality, each green, yellow or red. One row per month."""

    class Colour(models.TextChoices):
        GREEN = "green", _("Green")
        YELLOW = "yellow", _("Yellow")
        RED = "red", _("Red")

    page = models.ForeignKey(
        ProjectPage,
        on_delete=models.PROTECT,
        related_name="traffic_lights",
        verbose_name=_("project"),
        help_text=_("The project the light tells about."),
    )
    month = models.DateField(
        _("month"), default=timezone.localdate, help_text=_("Any day in the month; kept as its first.")
    )
    time = models.CharField(
        _("time"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the plan’s deadlines hold."),
    )
    cost = models.CharField(
        _("cost"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the budget holds."),
    )
    quality = models.CharField(
        _("quality"),
        max_length=6,
        choices=Colour,
        default=Colour.GREEN,
        help_text=_("Green when the results are as good as planned."),
    )
    comment = models.TextField(
        _("comment"), blank=True, help_text=_("Why, and what is done about it. Left empty when all is green.")
    )

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.UniqueConstraint(fields=["page", "month"], name="one_traffic_light_per_project_and_month")
        ]
        verbose_name = _("traffic light")
        verbose_name_plural = _("traffic lights")

    def __str__(self) -> str:
        return f"{self.page} {self.month:%Y-%m}"

    def clean(self) -> None:
        """A light that is not green needs a comment."""
        super().clean()
        if self.month:
            # Also here, so that the form says that the month has its row already.
            self.month = self.month.replace(day=1)
        if self.worst != self.Colour.GREEN and not self.comment.strip():
            raise ValidationError({"comment": _("Say why it is not green, and what is done about it.")})

    @property
    def worst(self) -> str:
        """The gravest of the three colours."""
        order = [self.Colour.GREEN, self.Colour.YELLOW, self.Colour.RED]
        return max((self.time, self.cost, self.quality), key=order.index)

    def save(self, *args, **kwargs):
        """Keep the month as its first day, so that a month has one row."""
        self.month = self.month.replace(day=1)
        super().save(*args, **kwargs)
