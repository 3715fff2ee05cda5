"""The form of a series: who it is from, how it looks, who gets it."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, ObjectList

from newsletters.models import SavedAudience


class SeriesForm(WagtailAdminModelForm):
    """A series offers its own saved audiences only; a new one has none yet."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        own = SavedAudience.objects.filter(series=self.instance.pk)
        self.fields["default_audience"].queryset = own
        if not own.exists():
            self.fields["default_audience"].help_text = _(
                "No audience is saved for this series yet. Save one where the send page shows the number of"
                " receivers. Left empty, the send page starts from the subscribers and the network's members."
            )


SERIES_FORM = ObjectList(
    [
        FieldRowPanel([FieldPanel("name"), FieldPanel("slug")]),
        FieldPanel("description"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("sender_name"), FieldPanel("sender_email")]),
                FieldPanel("reply_to"),
            ],
            heading=_("Sender"),
        ),
        MultiFieldPanel([FieldPanel("greeting"), FieldPanel("greeting_fallback")], heading=_("Greeting")),
        MultiFieldPanel(
            [
                HelpPanel(
                    _(
                        "Letters that have been sent stay as they were. See what it gives in the preview of any letter."
                    )
                ),
                FieldPanel("accent_colour"),
                FieldPanel("header_picture"),
                FieldPanel("header_shape"),
                FieldPanel("header_alt"),
            ],
            heading=_("Design"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("network"),
                FieldPanel("default_audience"),
                FieldPanel("is_public"),
                FieldPanel("approval_required"),
                FieldPanel("sort_order"),
            ],
            heading=_("Who gets it"),
        ),
    ],
    base_form_class=SeriesForm,
)
