"""Registers that belong to audiences: saved audiences, interests; and the form that adds a subscription by hand."""

from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from core.registers import UncountedEditView
from newsletters.admin.forms import SavedAudienceForm
from newsletters.admin.person_chooser import person_chooser
from newsletters.admin.saved_audiences import saved_choices
from newsletters.models import Interest, SavedAudience, Subscription, SuppressedAddress, address_hash
from newsletters.subscriptions import has_left_all


class NoAddingPolicy(ModelPermissionPolicy):
    """Rows that are made elsewhere: an audience is saved where its number is seen."""

    def user_has_permission(self, user, action):
        """Refuse adding; the rest follows the model's permissions."""
        return action != "add" and super().user_has_permission(user, action)


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Rows that nobody adds, changes or deletes by hand."""

    def user_has_permission(self, user, action):
        """Only looking is allowed, to those who may."""
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        """The same for several actions."""
        return any(self.user_has_permission(user, action) for action in actions)


class SavedAudienceIndexView(generic.IndexView):
    """Saved audiences in words, with what is gone of them and today's numbers."""

    page_title = _("Saved audiences")

    def get_base_queryset(self):
        """Series and user at once."""
        return super().get_base_queryset().select_related("series", "created_by")

    def get_context_data(self, *args, **kwargs):
        """Give each row of the page what the columns show; the number of queries is fixed."""
        context = super().get_context_data(*args, **kwargs)
        rows = list(context["object_list"])
        for choice in saved_choices(rows):
            choice.saved.today = choice
        return context


class SavedAudienceDeleteView(generic.DeleteView):
    """Deleting an audience that a series starts from would widen its letters in silence, so it is refused."""

    def dispatch(self, request, *args, **kwargs):
        """Say which series it is, before and after the button."""
        if not self.object.default_of.exists():
            return super().dispatch(request, *args, **kwargs)
        messages.error(
            request,
            _t(
                "«%(name)s» is the default audience of «%(series)s». Choose another one there, or none, before it is"
                " deleted."
            )
            % {"name": self.object, "series": self.object.series},
        )
        return redirect(self.index_url_name)


def _told(row: SavedAudience) -> str:
    return " ".join([row.today.summary, *row.today.notes])


def _number(row: SavedAudience) -> int | str:
    return row.today.number if row.today.is_usable else "–"


class SavedAudienceViewSet(ModelViewSet):
    """Saved audiences: renamed and deleted here, made and used on the send page."""

    model = SavedAudience
    name = "saved_audiences"
    url_prefix = "brev/utvalg"
    icon = "group"
    menu_label = _("Saved audiences")
    menu_order = 35
    permission_policy = NoAddingPolicy(SavedAudience)
    copy_view_enabled = False
    add_to_reference_index = False
    index_view_class = SavedAudienceIndexView
    edit_view_class = UncountedEditView
    delete_view_class = SavedAudienceDeleteView
    list_display = [
        TitleColumn("name", label=_("Name"), url_name="saved_audiences:edit", sort_key="name"),
        "series",
        Column("receivers", label=_("Receivers"), accessor=_told),
        Column("number", label=_("People today"), accessor=_number),
        "created_by",
        "created_at",
    ]
    list_filter = ["series"]
    list_per_page = 50
    search_fields = ["name"]
    search_backend_name = None
    edit_handler = ObjectList([FieldPanel("name")], base_form_class=SavedAudienceForm)


class InterestViewSet(ModelViewSet):
    """What people may say they want to read about."""

    model = Interest
    name = "interests"
    url_prefix = "brev/interesser"
    icon = "tag"
    menu_label = _("Interests")
    menu_order = 25
    copy_view_enabled = False
    add_to_reference_index = False
    edit_view_class = UncountedEditView
    list_display = ["name", "name_nn", "sort_order"]
    form_fields = ["name", "name_nn", "sort_order"]


class SubscriptionForm(WagtailAdminModelForm):
    """A subscription added by hand says why: its basis, and how we know."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            return
        # Own sign-up and import have ways of their own; a person asked for by hand gets letters at once.
        bases = (Subscription.Basis.MANUAL, Subscription.Basis.ROLE)
        self.fields["basis"].choices = [(basis.value, basis.label) for basis in bases]
        self.fields["basis"].initial = Subscription.Basis.MANUAL.value
        self.fields["status"].choices = [(Subscription.Status.ACTIVE.value, Subscription.Status.ACTIVE.label)]
        self.fields["status"].initial = Subscription.Status.ACTIVE.value
        self.fields["basis_note"].required = True

    def clean_person(self):
        """Whoever has left all letters, or has a suppressed address, comes back only by signing up."""
        person = self.cleaned_data["person"]
        if has_left_all(person):
            raise ValidationError(_("This person has left all letters. Only the person can sign up again."))
        if SuppressedAddress.objects.filter(hash=address_hash(person.email)).exists():
            raise ValidationError(
                _(
                    "Letters are never sent to this person's address: it is on the list of suppressed addresses."
                    " Only the person can sign up again."
                )
            )
        return person

    def save(self, commit=True):
        """Note when it began."""
        if self.instance.pk is None:
            self.instance.confirmed_at = timezone.now()
        return super().save(commit)


def _subscription_form(*, is_new: bool) -> ObjectList:
    """Return the form; whose subscription it is, and of what, is settled when it is made."""
    return ObjectList(
        [
            FieldPanel("person", widget=person_chooser.widget_class, read_only=not is_new),
            FieldPanel("series", read_only=not is_new),
            FieldRowPanel([FieldPanel("status"), FieldPanel("basis")]),
            FieldPanel("basis_note"),
            FieldPanel("wording"),
        ],
        base_form_class=SubscriptionForm,
    )


NEW_SUBSCRIPTION_FORM = _subscription_form(is_new=True)
SUBSCRIPTION_FORM = _subscription_form(is_new=False)
