"""Duplicates: a list of people with the same name, and a page to make two entries into one."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy

from directory import services
from directory.models import Person

policy = ModelPermissionPolicy(Person)


class MergeForm(forms.Form):
    """Which entry stays and which goes."""

    keep = forms.ModelChoiceField(
        label=_("Keep"),
        queryset=Person.objects.all(),
        help_text=_("This entry stays, with its main address."),
    )
    drop = forms.ModelChoiceField(
        label=_("Merge into it"),
        queryset=Person.objects.all(),
        help_text=_(
            "This entry goes. Everything that belongs to it moves; its address becomes a further one."
        ),
    )

    def __init__(self, *args, people=None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if people is not None:
            for field in self.fields.values():
                field.queryset = people

    def clean(self) -> dict:
        """Two different people."""
        data = super().clean()
        if data.get("keep") and data.get("keep") == data.get("drop"):
            raise forms.ValidationError(_("Choose two different people."))
        return data


class DuplicatesView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """People who have the same name."""

    template_name = "directory/admin/duplicates.html"
    page_title = _("Possible duplicates")
    header_icon = "group"
    permission_policy = policy
    any_permission_required = ["change"]

    def get_context_data(self, **kwargs):
        """Groups of namesakes."""
        return super().get_context_data(groups=services.suspected_duplicates(), **kwargs)


class MergeView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Make two entries into one."""

    template_name = "directory/admin/merge.html"
    page_title = _("Merge two entries")
    header_icon = "group"
    permission_policy = policy
    permission_required = "delete"
    form_class = MergeForm

    def _people(self):
        numbers = [
            value for value in self.request.GET.getlist("person") if value.isdecimal() and len(value) < 10
        ]
        return Person.objects.filter(pk__in=numbers)

    def get_form_kwargs(self):
        """Only the people named in the address stand in the two lists."""
        return {**super().get_form_kwargs(), "people": self._people()}

    def get_context_data(self, **kwargs):
        """The entries side by side."""
        people = self._people().prefetch_related("positions__organisation", "further_addresses")
        return super().get_context_data(people=people, **kwargs)

    def form_valid(self, form):
        """Merge, or say why not."""
        try:
            kept = services.merge_people(
                form.cleaned_data["keep"], form.cleaned_data["drop"], self.request.user
            )
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        messages.success(self.request, _t("The entries have been merged into %(person)s.") % {"person": kept})
        return redirect("people:edit", kept.pk)


class DuplicatesMenuItem(MenuItem):
    """Shown to those who may change the register."""

    def is_shown(self, request):
        """Whether the user may change people."""
        return policy.user_has_permission(request.user, "change")


class DuplicatesViewSet(ViewSet):
    """Namesakes and merging."""

    name = "duplicates"
    url_prefix = "register/duplicates"
    icon = "copy"
    menu_label = _("Duplicates")
    menu_order = 50
    menu_item_class = DuplicatesMenuItem

    def get_urlpatterns(self):
        """The list and the merge page."""
        return [
            path("", self.construct_view(DuplicatesView), name="index"),
            path("merge/", self.construct_view(MergeView), name="merge"),
        ]
