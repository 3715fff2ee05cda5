"""Choosing a person of the register by searching: the same work for ten people and for ten thousand."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from directory.models import Person, PersonAddress


class PersonFilterForm(BaseFilterForm):
    """Searching by parts of name and address, in any order."""

    q = forms.CharField(
        label=_("Search term"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Name or e-mail address")}),
    )

    def filter(self, objects: QuerySet[Person]) -> QuerySet[Person]:
        """Keep the people who have every word in name or address."""
        objects = super().filter(objects)
        self.search_query = self.cleaned_data["q"].strip()
        self.is_searching = bool(self.search_query)
        for word in self.search_query.split():
            further = PersonAddress.objects.filter(email__icontains=word).values("person")
            objects = objects.filter(
                Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(email__icontains=word)
                | Q(pk__in=further)
            )
        return objects


class ForWhoSubscribes:
    """Wagtail shows choosers to everybody in the admin; the register is for those who add subscriptions."""

    def dispatch(self, request, *args, **kwargs):
        """Refuse everybody else."""
        if not request.user.has_perm("newsletters.add_subscription"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class PersonList(ForWhoSubscribes):
    """What one sees of each person, enough to tell two of one name apart."""

    filter_form_class = PersonFilterForm

    def get_object_list(self):
        """People with where they work; the number of queries is fixed."""
        return Person.objects.prefetch_related("positions__organisation", "positions__unit")

    @property
    def columns(self):
        """Name, address, workplace."""
        name, *others = super().columns
        name.label = _("Name")
        return [
            name,
            *others,
            Column("email", label=_("E-mail address"), accessor="email"),
            Column("workplace", label=_("Workplace"), accessor="workplace_name"),
        ]


class ChooseView(PersonList, chooser.ChooseView):
    """The dialogue."""


class ChooseResultsView(PersonList, chooser.ChooseResultsView):
    """What a search finds."""


class ChosenView(ForWhoSubscribes, chooser.ChosenView):
    """The person who was chosen."""


class ChosenMultipleView(ForWhoSubscribes, chooser.ChosenMultipleView):
    """Several at once, which no form asks for."""


class PersonChooserViewSet(ChooserViewSet):
    """The chooser of people; people are registered in the register, so it makes none."""

    model = Person
    icon = "user"
    choose_one_text = _("Choose a person")
    choose_another_text = _("Choose another person")
    edit_item_text = _("Open in the register")
    per_page = 10
    choose_view_class = ChooseView
    choose_results_view_class = ChooseResultsView
    chosen_view_class = ChosenView
    chosen_multiple_view_class = ChosenMultipleView
    # Only forms that ask for it: the register's own forms are open to more people.
    register_widget = False

    def get_urlpatterns(self):
        """Leave out the address that creates."""
        return [one for one in super().get_urlpatterns() if one.name != "create"]


person_chooser = PersonChooserViewSet("person_chooser", url_prefix="brev/velg-person")


@hooks.register("register_admin_viewset")
def register_person_chooser() -> PersonChooserViewSet:
    """Give the chooser its addresses."""
    return person_chooser
