"""The register in the admin: people, organisations, units, regions, leaders, duplicates."""

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet

from accounts.viewsets import PageLeaderViewSet
from core.registers import UncountedEditView, YesNoColumn
from core.spreadsheets import HarmlessExport
from directory import filters, services
from directory.admin_imports.viewset import PeopleImportViewSet
from directory.admin_views import DuplicatesViewSet
from directory.models import HealthRegion, Organisation, Person, Unit
from directory.person_form import AskedBackPanel, PersonCreateView, PersonEditView, PersonForm


class PersonIndexView(HarmlessExport, generic.IndexView):
    """People with workplace, read in a fixed number of queries."""

    def get_base_queryset(self):
        """People with their positions at once."""
        queryset = super().get_base_queryset()
        return queryset.prefetch_related("positions__organisation__region", "positions__unit")


class PersonDeleteView(generic.DeleteView):
    """Deleting a person is erasing them: other apps erase what they keep too."""

    template_name = "directory/admin/erase_person.html"
    page_title = _("Erase")
    success_message = _("The person has been erased.")

    def delete_action(self):
        """Erase with all that follows."""
        services.erase_person(self.object, self.request.user)


PERSON_FORM = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("first_name"), FieldPanel("last_name")]),
                FieldPanel("email"),
                AskedBackPanel("asked_back"),
                FieldRowPanel([FieldPanel("profession"), FieldPanel("language")]),
            ],
            heading=_("Person"),
        ),
        InlinePanel(
            "positions",
            label=_("Position"),
            heading=_("Positions"),
            panels=[
                FieldRowPanel([FieldPanel("organisation"), FieldPanel("unit")]),
                FieldRowPanel([FieldPanel("title"), FieldPanel("leader_level")]),
                FieldRowPanel([FieldPanel("from_date"), FieldPanel("to_date")]),
            ],
        ),
        InlinePanel(
            "further_addresses",
            label=_("Further address"),
            heading=_("Further addresses"),
            panels=[FieldPanel("email")],
        ),
        FieldPanel("note"),
    ],
    base_form_class=PersonForm,
)


class PersonViewSet(ModelViewSet):
    """People."""

    model = Person
    name = "people"
    url_prefix = "register/people"
    icon = "user"
    menu_order = 10
    menu_label = _("People")
    add_to_reference_index = False
    copy_view_enabled = False
    index_view_class = PersonIndexView
    add_view_class = PersonCreateView
    edit_view_class = PersonEditView
    delete_view_class = PersonDeleteView
    delete_template_name = "directory/admin/erase_person.html"
    filterset_class = filters.PersonFilterSet
    search_fields = ["first_name", "last_name", "email", "further_addresses__email"]
    search_backend_name = None
    list_display = [
        "__str__",
        "email",
        Column("workplace", label=_("Workplace"), accessor="workplace_name"),
        Column("profession", label=_("Profession"), accessor="get_profession_display"),
    ]
    list_per_page = 50
    ordering = ["last_name", "first_name"]
    list_export = [
        "first_name",
        "last_name",
        "email",
        "get_profession_display",
        "workplace_name",
        "region_name",
    ]
    export_headings = {
        "get_profession_display": _("profession"),
        "workplace_name": _("workplace"),
        "region_name": _("health region"),
    }
    export_filename = "personer"
    edit_handler = PERSON_FORM


class OrganisationViewSet(ModelViewSet):
    """Organisations."""

    model = Organisation
    name = "organisations"
    url_prefix = "register/organisations"
    icon = "home"
    menu_order = 20
    menu_label = _("Organisations")
    edit_view_class = UncountedEditView
    add_to_reference_index = False
    copy_view_enabled = False
    filterset_class = filters.OrganisationFilterSet
    search_fields = ["name", "short_name"]
    search_backend_name = None
    list_display = [
        "name",
        "get_kind_display",
        "region",
        YesNoColumn("must_be_reached", label=capfirst(_("counts in coverage")), sort_key="must_be_reached"),
        YesNoColumn("is_active", label=capfirst(_("active")), sort_key="is_active"),
    ]
    list_per_page = 50
    list_export = ["name", "short_name", "get_kind_display", "region", "must_be_reached", "is_active"]
    export_headings = {"get_kind_display": _("kind")}
    export_filename = "virksomheter"
    form_fields = ["name", "short_name", "kind", "region", "parent", "must_be_reached", "is_active"]


class UnitViewSet(ModelViewSet):
    """Units."""

    model = Unit
    name = "units"
    url_prefix = "register/units"
    icon = "tag"
    menu_order = 30
    menu_label = _("Units")
    edit_view_class = UncountedEditView
    add_to_reference_index = False
    copy_view_enabled = False
    filterset_class = filters.UnitFilterSet
    search_fields = ["name", "organisation__name"]
    search_backend_name = None
    list_display = [
        "name",
        "organisation",
        "get_kind_display",
        YesNoColumn("is_active", label=capfirst(_("active")), sort_key="is_active"),
    ]
    list_per_page = 50
    list_export = ["name", "organisation", "get_kind_display", "is_active"]
    export_headings = {"get_kind_display": _("kind")}
    export_filename = "enheter"
    form_fields = ["organisation", "name", "kind", "is_active"]


class RegionViewSet(ModelViewSet):
    """Health regions."""

    model = HealthRegion
    name = "regions"
    url_prefix = "register/regions"
    icon = "site"
    menu_order = 40
    menu_label = _("Health regions")
    edit_view_class = UncountedEditView
    add_to_reference_index = False
    copy_view_enabled = False
    search_fields = ["name"]
    search_backend_name = None
    list_display = ["name", "sort_order"]
    list_export = ["name", "slug", "sort_order"]
    export_filename = "helseregioner"
    form_fields = ["name", "slug", "sort_order"]


class RegisterGroup(ViewSetGroup):
    """The register's place in the menu."""

    menu_label = _("Register")
    menu_icon = "group"
    menu_order = 300
    items = (
        PersonViewSet,
        PeopleImportViewSet,
        OrganisationViewSet,
        UnitViewSet,
        RegionViewSet,
        DuplicatesViewSet,
        PageLeaderViewSet,
    )

    @cached_property
    def menu_name(self):
        """A fixed name, whatever the language."""
        return "register"
