"""What is chosen: audiences saved for next time; each person's interests, wish for fewer letters, or for none."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from newsletters.models.series import Series


class SavedAudience(models.Model):
    """An audience with a name, to be chosen again for later letters of the series."""

    name = models.CharField(
        _("name"), max_length=80, help_text=_("Shown on the send page; each name once per series.")
    )
    series = models.ForeignKey(
        Series,
        on_delete=models.CASCADE,
        related_name="saved_audiences",
        verbose_name=_("letter series"),
    )
    # As newsletters.audience.Audience writes it: primary keys and codes, nobody's name or address.
    audience = models.JSONField(_("audience"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    created_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        ordering = ["series", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "name"],
                name="saved_audience_name_once_per_series",
                violation_error_message=_("The series has a saved audience of this name."),
            )
        ]
        verbose_name = _("saved audience")
        verbose_name_plural = _("saved audiences")

    def __str__(self) -> str:
        return self.name


class Interest(models.Model):
    """Something people may say they want to read about."""

    name = models.CharField(
        _("name in Bokmål"),
        max_length=80,
        unique=True,
        help_text=_("As it stands on the preference page and among the filters of an audience."),
    )
    name_nn = models.CharField(
        _("name in Nynorsk"),
        max_length=80,
        blank=True,
        help_text=_("Shown to those who read Nynorsk. Left empty, the name in Bokmål is used."),
    )
    sort_order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("Lower numbers come first.")
    )

    class Meta:
        ordering = ["sort_order", "name"]
        verbose_name = _("interest")
        verbose_name_plural = _("interests")

    def __str__(self) -> str:
        return self.local_name

    @property
    def local_name(self) -> str:
        """The name in the language of the page."""
        return self.name_nn if self.name_nn and translation.get_language() == "nn" else self.name


class PersonInterest(models.Model):
    """A person has ticked an interest on the preference page."""

    person = models.ForeignKey("directory.Person", on_delete=models.CASCADE, related_name="interests")
    interest = models.ForeignKey(Interest, on_delete=models.CASCADE, related_name="people")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "interest"], name="interest_once_per_person")
        ]
        verbose_name = _("person's interest")
        verbose_name_plural = _("people's interests")

    def __str__(self) -> str:
        return f"{self.person} – {self.interest}"


class FewerLettersQuerySet(models.QuerySet):
    """Look-ups of wishes for fewer letters."""

    def holding_back(self, *, is_important: bool) -> "FewerLettersQuerySet":
        """Wishes that keep a letter from their person today: a pause, or important ones only where it is not."""
        paused = models.Q(paused_until__gte=timezone.localdate())
        return self.filter(paused if is_important else paused | models.Q(only_important=True))


class FewerLetters(models.Model):
    """A person stays on, but wants a pause from every letter, or the important ones only. No row: all letters."""

    person = models.OneToOneField(
        "directory.Person", on_delete=models.CASCADE, related_name="fewer_letters", verbose_name=_("person")
    )
    # The last day without letters.
    paused_until = models.DateField(_("paused until"), null=True, blank=True)
    only_important = models.BooleanField(_("only important letters"), default=False)

    objects = FewerLettersQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish for fewer letters")
        verbose_name_plural = _("wishes for fewer letters")

    def __str__(self) -> str:
        return str(self.person)

    @property
    def pause_end(self) -> date | None:
        """The last day of a pause that holds today, else None."""
        holds = self.paused_until is not None and self.paused_until >= timezone.localdate()
        return self.paused_until if holds else None


class LeftAllLetters(models.Model):
    """A person has left every letter, or called one spam: series made later do not reach them either.

    The stand belongs to the person, whatever address they get, and ends only when they ask for a letter themselves.
    """

    person = models.OneToOneField(
        "directory.Person",
        on_delete=models.CASCADE,
        related_name="left_all_letters",
        verbose_name=_("person"),
    )
    since = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("person who has left all letters")
        verbose_name_plural = _("people who have left all letters")

    def __str__(self) -> str:
        return str(self.person)
