"""The service's identity: everything that differs from one national service to the next."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.blocks import StreamBlock
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField

from core.accent import COLOUR_CODE, unreadable
from core.blocks import FooterLinkBlock


@register_setting(icon="cog")
class ServiceSettings(BaseSiteSetting):
    """Name, look, contact and measuring of one service. One row per Wagtail site."""

    class Theme(models.TextChoices):
        HOSPITAL = "hospital", _("Hospital blue")
        FOREST = "forest", _("Forest green")
        PLUM = "plum", _("Plum")
        SLATE = "slate", _("Slate grey")

    class MeasuringMode(models.TextChoices):
        CONSENT = "consent", _("With consent: individual figures only from those who said yes")
        ANONYMOUS = "anonymous", _("Anonymous: unique figures without knowing who")
        OFF = "off", _("Off: nothing is measured")

    service_name = models.CharField(
        _("service name"),
        max_length=150,
        default="Nasjonal kompetansetjeneste",
        help_text=_("Shown in the header, in letters and in search engines."),
    )
    short_name = models.CharField(
        _("short name"),
        max_length=40,
        blank=True,
        help_text=_(
            "Used where space is short, for example after page titles. Left empty, the full name is used."
        ),
    )
    parent_hospital = models.CharField(
        _("parent hospital"),
        max_length=150,
        blank=True,
        help_text=_("Shown in the header and footer. Left empty, nothing is shown."),
    )
    logo = models.ForeignKey(
        "core.PortalImage",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Shown before the name in the header. Left empty, the name stands alone."),
    )
    theme = models.CharField(
        _("theme"),
        max_length=12,
        choices=Theme,
        default=Theme.HOSPITAL,
        help_text=_("The prebuilt set of colours the site uses."),
    )
    accent_colour = models.CharField(
        _("own accent colour"),
        max_length=7,
        blank=True,
        validators=[COLOUR_CODE],
        help_text=_(
            "Replaces the theme's main colour, e.g. #003087. It must stand out from white. Left"
            " empty, the theme's own is used."
        ),
    )
    email = models.EmailField(
        _("e-mail"),
        blank=True,
        help_text=_("Shown in the footer and on the contact page. Left empty, not shown."),
    )
    phone = models.CharField(
        _("phone"), max_length=30, blank=True, help_text=_("Shown in the footer. Left empty, not shown.")
    )
    address = models.TextField(
        _("address"), blank=True, help_text=_("Postal address, shown in the footer. Left empty, not shown.")
    )
    privacy_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("privacy page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Linked from the footer, sign-up and letters. Left empty, no link is shown."),
    )
    accessibility_statement = models.URLField(
        _("accessibility statement"),
        blank=True,
        help_text=_("Address of the statement at uustatus.no. Left empty, the page chosen below is linked."),
    )
    accessibility_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("accessibility page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_(
            "Linked from the footer when no statement address is given. Left empty, no link is shown."
        ),
    )
    footer_links = StreamField(
        StreamBlock([("link", FooterLinkBlock())]),
        verbose_name=_("footer links"),
        blank=True,
        help_text=_("Further links in the footer. Left empty, only contact and statements are shown."),
    )
    social_links = StreamField(
        StreamBlock([("link", FooterLinkBlock())]),
        verbose_name=_("social media"),
        blank=True,
        help_text=_("The service's accounts elsewhere. Left empty, none are shown."),
    )
    measuring_mode = models.CharField(
        _("measuring of letters"),
        max_length=10,
        choices=MeasuringMode,
        default=MeasuringMode.CONSENT,
        help_text=_("How clicks and opens in letters are counted. With consent is the safe choice."),
    )
    statistics_close_after_days = models.PositiveSmallIntegerField(
        _("close letter statistics after (days)"),
        default=10,
        help_text=_("Then the report is mailed and all personal tracking data is erased."),
    )
    receivers_kept_months = models.PositiveSmallIntegerField(
        _("keep the receivers of letters (months)"),
        default=12,
        db_default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_(
            "Long enough to answer who got a letter. Then names, addresses and the mail servers' answers "
            "are erased; outcomes and figures stay."
        ),
    )
    search_synonyms = models.TextField(
        _("search synonyms"),
        blank=True,
        help_text=_(
            "One group per line, words separated by commas. A search for one finds the others. "
            "Left empty, only the glossary's synonyms count."
        ),
    )
    review_mail_to = models.EmailField(
        _("overdue pages are mailed to"),
        blank=True,
        help_text=_(
            "Receives the weekly list of all overdue pages. Left empty, only the responsible "
            "roles get theirs."
        ),
    )

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("service_name"),
                            FieldPanel("short_name"),
                            FieldPanel("parent_hospital"),
                            FieldPanel("logo"),
                        ],
                        heading=_("Name"),
                    ),
                    MultiFieldPanel([FieldPanel("theme"), FieldPanel("accent_colour")], heading=_("Colours")),
                ],
                heading=_("Identity"),
            ),
            ObjectList(
                [
                    FieldPanel("email"),
                    FieldPanel("phone"),
                    FieldPanel("address"),
                    FieldPanel("footer_links"),
                    FieldPanel("social_links"),
                    FieldPanel("privacy_page"),
                    FieldPanel("accessibility_statement"),
                    FieldPanel("accessibility_page"),
                ],
                heading=_("Contact and footer"),
            ),
            ObjectList(
                [
                    FieldPanel("measuring_mode"),
                    FieldPanel("statistics_close_after_days"),
                    FieldPanel("receivers_kept_months"),
                    FieldPanel("search_synonyms"),
                    FieldPanel("review_mail_to"),
                ],
                heading=_("Measuring and search"),
            ),
        ]
    )

    select_related = ["logo", "privacy_page", "accessibility_page"]

    class Meta:
        verbose_name = _("service settings")

    def __str__(self) -> str:
        return self.service_name

    def clean(self) -> None:
        """Refuse an accent colour on which white text cannot be read."""
        super().clean()
        if problem := unreadable(self.accent_colour):
            raise ValidationError({"accent_colour": problem})

    @property
    def name_for_titles(self) -> str:
        """The short name where there is one, else the full name."""
        return self.short_name or self.service_name
