"""Events and registrations."""

import secrets

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable
from wagtail.search import index

from core.models import BodyMixin, ContentPage


def new_form_id() -> str:
    """Return the number of a registration that came by no form."""
    return secrets.token_hex(16)


class EventIndexPage(ContentPage):
    """Coming and past events."""

    template = "events/event_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["events.EventPage"]
    max_count = 1
    page_description = _("Lists coming and past events.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("event index")
        verbose_name_plural = _("event indexes")


class EventPage(BodyMixin, ContentPage):
    """A gathering, seminar, conference, webinar or course day."""

    start = models.DateTimeField(
        _("starts"), help_text=_("Shown on the card and in calendars; the list of events follows it.")
    )
    end = models.DateTimeField(_("ends"), help_text=_("After this the event is listed as past."))
    place = models.CharField(
        _("place"), max_length=200, blank=True, help_text=_("Left empty, the event counts as digital.")
    )
    is_digital = models.BooleanField(
        _("digital"),
        default=False,
        help_text=_("Can be followed from anywhere. Turned off, people must come to the place."),
    )
    price = models.CharField(
        _("price"), max_length=80, blank=True, help_text=_("Left empty, the event is free.")
    )
    capacity = models.PositiveIntegerField(
        _("places"),
        null=True,
        blank=True,
        help_text=_("When all are taken, people are put on a waiting list. Left empty, there is no limit."),
    )
    registration_opens = models.DateTimeField(
        _("registration opens"),
        null=True,
        blank=True,
        help_text=_("Left empty, no registration is taken here."),
    )
    registration_closes = models.DateTimeField(
        _("registration closes"),
        null=True,
        blank=True,
        help_text=_("Left empty, it closes when the event starts."),
    )

    template = "events/event_page.html"
    parent_page_types = ["events.EventIndexPage"]
    subpage_types: list[str] = []
    page_description = _("An event with programme and registration.")
    schema_type = "Event"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("start"), FieldPanel("end")]),
                FieldPanel("place"),
                FieldPanel("is_digital"),
                FieldPanel("price"),
            ],
            heading=_("Time and place"),
        ),
        FieldPanel("body"),
        InlinePanel("programme", label=_("item"), heading=_("Programme")),
        MultiFieldPanel(
            [FieldPanel("capacity"), FieldPanel("registration_opens"), FieldPanel("registration_closes")],
            heading=_("Registration"),
        ),
    ]
    search_fields = [
        *ContentPage.search_fields,
        index.SearchField("place"),
        index.FilterField("start"),
    ]

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def clean(self) -> None:
        """An event ends after it starts, and registration closes after it opens."""
        super().clean()
        if self.registration_closes and not self.registration_opens:
            raise ValidationError({"registration_opens": _("Say when registration opens.")})
        if self.registration_closes and self.registration_closes <= self.registration_opens:
            raise ValidationError({"registration_closes": _("Registration must close after it opens.")})
        if self.start and self.end and self.end <= self.start:
            raise ValidationError({"end": _("The event must end after it starts.")})

    @property
    def is_past(self) -> bool:
        """Whether the event is over."""
        return bool(self.end and self.end < timezone.now())

    @property
    def registration_ends(self):
        """When registration closes: the set time, else the start; never later than the event's end."""
        moments = [moment for moment in (self.registration_closes or self.start, self.end) if moment]
        return min(moments, default=None)

    @property
    def takes_registrations(self) -> bool:
        """Whether registration is open now."""
        opens, ends = self.registration_opens, self.registration_ends
        return bool(opens and ends and opens <= timezone.now() < ends)

    @property
    def opens_later(self) -> bool:
        """Whether registration will open."""
        return bool(self.registration_opens and timezone.now() < self.registration_opens)

    def structured_data(self) -> dict:
        """What schema.org knows of an event beyond every page."""
        if not self.start or not self.end:
            return {}
        modes = {
            (True, True): "MixedEventAttendanceMode",
            (True, False): "OnlineEventAttendanceMode",
            (False, True): "OfflineEventAttendanceMode",
            (False, False): "OnlineEventAttendanceMode",
        }
        mode = modes[bool(self.is_digital), bool(self.place)]
        data: dict = {
            "startDate": timezone.localtime(self.start).isoformat(),
            "endDate": timezone.localtime(self.end).isoformat(),
            "eventStatus": "https://schema.org/EventScheduled",
            "eventAttendanceMode": f"https://schema.org/{mode}",
        }
        if self.place:
            data["location"] = {"@type": "Place", "name": self.place, "address": self.place}
        elif self.full_url:
            data["location"] = {"@type": "VirtualLocation", "url": self.full_url}
        if self.capacity:
            data["maximumAttendeeCapacity"] = self.capacity
        return data


class ProgrammeItem(Orderable):
    """A line of an event's programme."""

    page = ParentalKey(EventPage, on_delete=models.CASCADE, related_name="programme")
    time = models.CharField(
        _("time"), max_length=40, blank=True, help_text=_("E.g. 09.00–09.45. Left empty, not shown.")
    )
    text = models.CharField(_("text"), max_length=300, help_text=_("What happens then, and who leads it."))

    class Meta(Orderable.Meta):
        verbose_name = _("programme item")
        verbose_name_plural = _("programme items")

    def __str__(self) -> str:
        return self.text


class RegistrationQuerySet(models.QuerySet):
    """Look-ups of registrations."""

    def open(self) -> "RegistrationQuerySet":
        """Registrations that were not cancelled."""
        return self.exclude(status=Registration.Status.CANCELLED)

    def holding_places(self) -> "RegistrationQuerySet":
        """Registrations that take a place."""
        return self.filter(status__in=[Registration.Status.REGISTERED, Registration.Status.ATTENDED])

    def waiting(self) -> "RegistrationQuerySet":
        """The waiting list, first come first."""
        return self.filter(status=Registration.Status.WAITING).order_by("created_at", "pk")


class Registration(models.Model):
    """Someone's registration for an event; the waiting list is a status."""

    class Status(models.TextChoices):
        REGISTERED = "registered", pgettext_lazy("event", "Registered")
        WAITING = "waiting", _("On the waiting list")
        ATTENDED = "attended", _("Attended")
        CANCELLED = "cancelled", pgettext_lazy("event", "Cancelled")

    class Mail(models.TextChoices):
        NONE = "", _("None")
        PLACE = "place", _("You are registered")
        WAITING = "waiting", _("You are on the waiting list")
        GOT_PLACE = "got_place", _("You have got a place")
        CANCELLED = "cancelled", _("You are no longer registered")

    event = models.ForeignKey(
        EventPage,
        on_delete=models.PROTECT,
        related_name="registrations",
        verbose_name=_("event"),
        help_text=_("What the person registers for."),
    )
    person = models.ForeignKey(
        "directory.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="registrations",
        verbose_name=_("person"),
        help_text=_("The same person in the register. Left empty, the registration stands alone."),
    )
    # The form's random number: the same form sent twice is one registration.
    form_id = models.CharField(max_length=32, unique=True, default=new_form_id, editable=False)
    name = models.CharField(
        _("name"), max_length=160, help_text=_("Shown in the organiser’s list of participants.")
    )
    email = models.EmailField(_("e-mail"), help_text=_("Confirmation and changes are sent here."))
    organisation = models.ForeignKey(
        "directory.Organisation",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
        help_text=_("Used to count participants by region. Left empty, the region is unknown."),
    )
    workplace = models.CharField(
        _("workplace"), max_length=150, blank=True, help_text=_("Left empty, not shown in the list.")
    )
    needs = models.CharField(
        _("needs"),
        max_length=300,
        blank=True,
        help_text=_("Access or food. Erased after the event. Left empty, nothing is arranged."),
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=Status,
        default=Status.REGISTERED,
        help_text=_("Decides whether a place is taken."),
    )
    # The mail that has not been sent yet; found by query, so that a lost broker loses nothing.
    mail_due = models.CharField(max_length=10, choices=Mail, default=Mail.NONE, blank=True, editable=False)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"),
                "event",
                condition=~models.Q(status="cancelled"),
                name="one_open_registration_per_event_and_address",
            )
        ]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")

    def __str__(self) -> str:
        return f"{self.name} – {self.event}"

    @property
    def region_name(self) -> str:
        """The health region of the organisation, or an empty string."""
        region = self.organisation.region if self.organisation else None
        return region.name if region else ""
