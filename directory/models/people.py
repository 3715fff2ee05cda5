"""People, their addresses and positions."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from directory.models.organisations import Organisation, Unit


class PersonQuerySet(models.QuerySet):
    """Look-ups of people."""

    def by_email(self, email: str) -> "PersonQuerySet":
        """People who have this address as main or further address, whatever its case."""
        address = email.strip()
        return self.filter(
            models.Q(email__iexact=address) | models.Q(further_addresses__email__iexact=address)
        ).distinct()

    def by_number(self, number: int) -> "PersonQuerySet":
        """The person with this primary key, or the one whose entry took over the entry that had it."""
        taken_over = FormerNumber.objects.filter(number=number).values("person")
        return self.filter(models.Q(pk=number) | models.Q(pk__in=taken_over))


class Person(ClusterableModel):
    """One human being: member, subscriber, participant, learner – registered once."""

    class Profession(models.TextChoices):
        DOCTOR = "doctor", _("Doctor")
        PSYCHOLOGIST = "psychologist", _("Psychologist")
        NURSE = "nurse", _("Nurse")
        SOCIAL_WORKER = "social_worker", _("Social worker")
        CHILD_WELFARE = "child_welfare", _("Child welfare worker")
        PEER_WORKER = "peer_worker", _("Peer worker")
        RESEARCHER = "researcher", _("Researcher")
        ADMINISTRATION = "administration", _("Administration")
        OTHER = "other", _("Other")

    first_name = models.CharField(
        _("first name"),
        max_length=80,
        blank=True,
        help_text=_("Used in greetings. Left empty, letters greet without a name."),
    )
    last_name = models.CharField(
        _("last name"), max_length=80, blank=True, help_text=_("Left empty, the address is shown instead.")
    )
    email = models.EmailField(
        _("e-mail"), help_text=_("The address letters go to. Each address belongs to one person.")
    )
    profession = models.CharField(
        _("profession"),
        max_length=20,
        choices=Profession,
        blank=True,
        help_text=_("Left empty, it counts as unknown in statistics."),
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("nb", _("Norwegian Bokmål")), ("nn", _("Norwegian Nynorsk"))],
        default="nb",
        help_text=_("The language of mail and preference pages."),
    )
    user = models.OneToOneField(
        "accounts.User",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("user"),
        help_text=_("Set when a user has confirmed the same address. Left empty, the person has no log-in."),
    )
    note = models.CharField(
        _("note"),
        max_length=300,
        blank=True,
        help_text=_(
            "Seen only in the register. The person can ask to read it. Left empty, nothing is noted."
        ),
    )
    created_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["last_name", "first_name", "email"]
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"), name="person_email_is_unique_without_case"
            )
        ]
        indexes = [models.Index(fields=["last_name", "first_name"])]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def name(self) -> str:
        """First and last name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def current_position(self) -> "Position | None":
        """The position that holds today, the highest first; no query where positions are prefetched."""
        today = timezone.localdate()
        held = [
            row
            for row in self.positions.all()
            if (row.to_date is None or row.to_date >= today)
            and (row.from_date is None or row.from_date <= today)
        ]
        return max(held, key=lambda row: row.leader_level, default=None)

    @property
    def workplace_name(self) -> str:
        """Where the person works now; for lists and exports."""
        position = self.current_position
        return str(position.unit or position.organisation) if position else ""

    @property
    def region_name(self) -> str:
        """The health region of the present workplace; for lists and exports."""
        position = self.current_position
        region = position.organisation.region if position else None
        return region.name if region else ""

    def clean(self) -> None:
        """An address that another person holds, as main or further address, is refused."""
        super().clean()
        self.email = self.email.strip()
        others = Person.objects.by_email(self.email).exclude(pk=self.pk)
        if self.email and others.exists():
            raise ValidationError({"email": _("Another person has this address already.")})


class PersonAddress(models.Model):
    """A further address of a person; replies and bounces from it are recognised."""

    person = ParentalKey(Person, on_delete=models.CASCADE, related_name="further_addresses")
    email = models.EmailField(
        _("e-mail"), help_text=_("Recognised as the same person; letters go to the main address.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"), name="further_address_is_unique_without_case"
            )
        ]
        verbose_name = _("further address")
        verbose_name_plural = _("further addresses")

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        """An address that another person holds, as main or further address, is refused."""
        super().clean()
        self.email = self.email.strip()
        others = Person.objects.by_email(self.email).exclude(pk=self.person_id)
        if self.email and others.exists():
            raise ValidationError({"email": _("Another person has this address already.")})


class FormerNumber(models.Model):
    """The primary key of an entry that was merged into a person's, so that links sent before still find the person."""

    number = models.PositiveBigIntegerField(unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="former_numbers")

    class Meta:
        verbose_name = _("number of a merged entry")
        verbose_name_plural = _("numbers of merged entries")

    def __str__(self) -> str:
        return str(self.number)


class PositionQuerySet(models.QuerySet):
    """Look-ups of positions."""

    def current(self) -> "PositionQuerySet":
        """Positions that hold today."""
        today = timezone.localdate()
        return self.filter(models.Q(to_date__isnull=True) | models.Q(to_date__gte=today)).filter(
            models.Q(from_date__isnull=True) | models.Q(from_date__lte=today)
        )


class Position(models.Model):
    """What a person is in a unit, from and to; history is kept."""

    class LeaderLevel(models.IntegerChoices):
        NONE = 0, _("Not a leader")
        SECTION = 1, _("Section or team leader")
        UNIT = 2, _("Unit leader")
        DEPARTMENT = 3, _("Department leader")
        CLINIC = 4, _("Clinic director")
        TOP = 5, _("Managing director")

    person = ParentalKey(Person, on_delete=models.CASCADE, related_name="positions", verbose_name=_("person"))
    unit = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="positions",
        verbose_name=_("unit"),
        help_text=_("Left empty, the person works for the organisation as a whole."),
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        related_name="positions",
        verbose_name=_("organisation"),
        help_text=_("The employer; decides region and coverage."),
    )
    title = models.CharField(
        _("title"), max_length=120, blank=True, help_text=_("Left empty, only the workplace is shown.")
    )
    leader_level = models.PositiveSmallIntegerField(
        _("leader level"),
        choices=LeaderLevel,
        default=LeaderLevel.NONE,
        help_text=_("Decides who counts as a leader in coverage and audiences."),
    )
    from_date = models.DateField(
        _("from"), null=True, blank=True, help_text=_("Left empty, it has held for as long as we know.")
    )
    to_date = models.DateField(
        _("to"), null=True, blank=True, help_text=_("Left empty, the position still holds.")
    )

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-from_date", "pk"]
        indexes = [models.Index(fields=["person", "to_date"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(to_date__isnull=True)
                | models.Q(from_date__isnull=True)
                | models.Q(to_date__gte=models.F("from_date")),
                name="position_ends_after_it_begins",
            )
        ]
        verbose_name = _("position")
        verbose_name_plural = _("positions")

    def __str__(self) -> str:
        return f"{self.title or self.person} – {self.unit or self.organisation}"

    def clean(self) -> None:
        """A unit must belong to the organisation named beside it."""
        super().clean()
        if self.unit_id and self.organisation_id and self.unit.organisation_id != self.organisation_id:
            raise ValidationError({"unit": _("This unit belongs to another organisation.")})
