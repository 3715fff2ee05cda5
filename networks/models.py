"""Networks: pages, groups, memberships, meetings."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable

from core.blocks import BodyStreamBlock
from core.models import BodyMixin, ContentPage


class NetworkIndexPage(ContentPage):
    """The list of networks."""

    template = "networks/network_index_page.html"
    parent_page_types = ["core.HomePage"]
    subpage_types = ["networks.NetworkPage"]
    max_count = 1
    page_description = _("Lists all networks.")
    schema_type = "CollectionPage"
    asks_for_feedback = False

    class Meta:
        verbose_name = _("network index")
        verbose_name_plural = _("network indexes")


class NetworkPage(BodyMixin, ContentPage):
    """A national network: what it is, tips and advice, meetings, groups."""

    start_year = models.PositiveSmallIntegerField(
        _("first year"), null=True, blank=True, help_text=_("Left empty, not shown.")
    )
    tips = StreamField(
        BodyStreamBlock(),
        verbose_name=_("tips and advice"),
        blank=True,
        help_text=_("Shown under an own tab. Left empty, the tab is hidden."),
    )
    how_to_join = models.TextField(
        _("how to join"), blank=True, help_text=_("Left empty, readers are sent to the responsible role.")
    )

    template = "networks/network_page.html"
    parent_page_types = ["networks.NetworkIndexPage"]
    subpage_types = ["core.StandardPage"]
    page_description = _("A network with meetings, groups and advice.")
    schema_type = "Organization"

    content_panels = [
        *ContentPage.content_panels,
        MultiFieldPanel([FieldPanel("start_year"), FieldPanel("how_to_join")], heading=_("Network")),
        FieldPanel("body"),
        FieldPanel("tips"),
        InlinePanel("meetings", label=_("meeting"), heading=_("Meetings")),
    ]

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")


class NetworkMeeting(Orderable):
    """A gathering of a network, past or coming."""

    page = ParentalKey(NetworkPage, on_delete=models.CASCADE, related_name="meetings")
    date = models.DateField(
        _("date"), help_text=_("Decides whether the meeting is listed as coming or held.")
    )
    title = models.CharField(_("title"), max_length=200, help_text=_("Shown in the list of meetings."))
    place = models.CharField(_("place"), max_length=120, blank=True, help_text=_("Left empty, not shown."))

    class Meta(Orderable.Meta):
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")

    def __str__(self) -> str:
        return f"{self.title} {self.date}"

    @property
    def is_past(self) -> bool:
        """Whether the day is over."""
        return self.date < timezone.localdate()


class NetworkGroup(models.Model):
    """A group of a network across units and geography, with a mentor."""

    page = models.ForeignKey(
        NetworkPage,
        on_delete=models.PROTECT,
        related_name="groups",
        verbose_name=_("network"),
        help_text=_("The network whose page shows the group."),
    )
    name = models.CharField(_("name"), max_length=120, help_text=_("Shown to readers; once per network."))
    theme = models.CharField(
        _("theme"), max_length=120, blank=True, help_text=_("Shown to readers. Left empty, not shown.")
    )
    description = models.TextField(
        _("description"),
        max_length=500,
        blank=True,
        help_text=_("Who the group is for; shown to readers. Left empty, only the name is shown."),
    )
    mentor = models.ForeignKey(
        "directory.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="mentored_groups",
        verbose_name=_("mentor"),
        help_text=_("Left empty, the group has no mentor yet."),
    )

    class Meta:
        ordering = ["page", "name"]
        constraints = [models.UniqueConstraint(fields=["page", "name"], name="group_name_once_per_network")]
        verbose_name = _("network group")
        verbose_name_plural = _("network groups")

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet):
    """Look-ups of memberships."""

    def current(self) -> "MembershipQuerySet":
        """Memberships that hold today."""
        today = timezone.localdate()
        return self.filter(
            models.Q(to_date__isnull=True) | models.Q(to_date__gte=today), from_date__lte=today
        )


class Membership(models.Model):
    """A person in a network, from and to."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        STEERING = "steering", _("Steering group")
        MENTOR = "mentor", _("Mentor")
        USER_REPRESENTATIVE = "user_representative", _("User representative")

    page = models.ForeignKey(
        NetworkPage,
        on_delete=models.PROTECT,
        related_name="memberships",
        verbose_name=_("network"),
        help_text=_("The network the person belongs to."),
    )
    person = models.ForeignKey(
        "directory.Person",
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("person"),
        help_text=_("Who the member is, from the register."),
    )
    group = models.ForeignKey(
        NetworkGroup,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("group"),
        help_text=_("Left empty, the member is in no group."),
    )
    role = models.CharField(
        _("role"),
        max_length=20,
        choices=Role,
        default=Role.MEMBER,
        help_text=_("The part the person has in the network."),
    )
    from_date = models.DateField(
        _("from"), default=timezone.localdate, help_text=_("The first day of the membership.")
    )
    to_date = models.DateField(
        _("to"), null=True, blank=True, help_text=_("Left empty, the membership still holds.")
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["person__last_name", "person__first_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "person"],
                condition=models.Q(to_date__isnull=True),
                name="one_open_membership_per_network_and_person",
            )
        ]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")

    def __str__(self) -> str:
        return f"{self.person} – {self.page}"

    def clean(self) -> None:
        """A membership ends after it begins, and its group belongs to the same network."""
        super().clean()
        errors = {}
        if self.to_date and self.from_date and self.to_date < self.from_date:
            errors["to_date"] = _("The membership must end after it begins.")
        if self.group_id and self.page_id and self.group.page_id != self.page_id:
            errors["group"] = _("The group belongs to another network.")
        if errors:
            raise ValidationError(errors)
