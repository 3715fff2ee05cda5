"""Regions, organisations, units: where people work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class HealthRegion(models.Model):
    """A regional health authority (regionalt helseforetak)."""

    name = models.CharField(
        _("name"), max_length=80, unique=True, help_text=_("As it stands in lists and reports.")
    )
    slug = models.SlugField(
        _("short name in addresses"), unique=True, help_text=_("Small letters, digits and hyphens.")
    )
    sort_order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Lower numbers come first.")
    )

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("health region")
        verbose_name_plural = _("health regions")

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A trust, private partner, municipality, centre, university or user organisation."""

    class Kind(models.TextChoices):
        HEALTH_TRUST = "health_trust", _("Health trust")
        PRIVATE_HOSPITAL = "private_hospital", _("Private non-profit hospital")
        PRIVATE_PARTNER = "private_partner", _("Private contract partner")
        MUNICIPALITY = "municipality", _("Municipality")
        COMPETENCE_CENTRE = "competence_centre", _("Competence centre")
        UNIVERSITY = "university", _("University or college")
        USER_ORGANISATION = "user_organisation", _("User organisation")
        DIRECTORATE = "directorate", _("Directorate or institute")

    name = models.CharField(
        _("name"), max_length=150, unique=True, help_text=_("The full name, once in the register.")
    )
    short_name = models.CharField(
        _("short name"),
        max_length=40,
        blank=True,
        help_text=_("Used on maps and in tables. Left empty, the full name is used."),
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=Kind, help_text=_("Decides how it is counted in reports.")
    )
    region = models.ForeignKey(
        HealthRegion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        verbose_name=_("health region"),
        help_text=_("Left empty, the organisation counts as national."),
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
        help_text=_("The organisation above. Left empty, it stands on its own."),
    )
    must_be_reached = models.BooleanField(
        _("counts in coverage"),
        default=False,
        help_text=_(
            "Trusts and private partners whose leaders should subscribe to the leader-letter. Turned off, it is"
            " left out of the coverage."
        ),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_(
            "Turn it off when it is closed or merged. Turned off, it can no longer be chosen in forms and"
            " audiences; its history stays."
        ),
    )

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A department, clinic or ward of an organisation."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", _("Department")
        OUTPATIENT = "outpatient", _("Outpatient clinic")
        INPATIENT = "inpatient", _("Inpatient unit")
        ACUTE = "acute", _("Acute unit")
        LAR = "lar", _("LAR unit")
        FAMILY = "family", _("Family unit")
        OTHER = "other", _("Other")

    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="units",
        verbose_name=_("organisation"),
        help_text=_("The trust or partner the unit belongs to."),
    )
    name = models.CharField(_("name"), max_length=150, help_text=_("Without the organisation's name."))
    kind = models.CharField(
        _("kind"),
        max_length=12,
        choices=Kind,
        default=Kind.OTHER,
        help_text=_("Decides how it is counted in reports."),
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Turned off, it is listed as closed or merged; its history stays."),
    )

    class Meta:
        ordering = ["organisation__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="unit_name_once_per_organisation")
        ]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return f"{self.name}, {self.organisation}"
