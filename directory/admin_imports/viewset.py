"""The addresses of an import, and the page that adds one person by hand."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet

from directory.admin_imports import before, shown, taking_back
from directory.admin_imports.guard import for_importers, frame, may_import
from directory.imports import by_hand
from directory.imports.forms import PersonByHandForm


@for_importers
@require_http_methods(["GET", "HEAD", "POST"])
def add_one(request: HttpRequest) -> HttpResponse:
    """Add one person by hand, with the basis for letters."""
    # The page of coverage leads here with an organisation that lacks a leader.
    told = {"organisation": request.GET.get("organisation")}
    form = PersonByHandForm(request.POST or None, user=request.user, initial=told)
    if request.method == "POST" and form.is_valid():
        try:
            person, remarks = by_hand.add_person(form.cleaned_data, request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, " ".join([_("%(person)s is in the register.") % {"person": person}, *remarks])
            )
            return redirect(reverse("people:edit", args=[person.pk]))
    return render(request, "directory/admin/import_one.html", frame(_("Add one person"), form=form))


class ImportMenuItem(MenuItem):
    """Shown to those who may import."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the user may add and change people."""
        return may_import(request.user)


class PeopleImportViewSet(ViewSet):
    """Import of people."""

    name = "people_imports"
    url_prefix = "register/import"
    icon = "upload"
    menu_label = gettext_lazy("Import people")
    menu_order = 15
    menu_item_class = ImportMenuItem

    def get_urlpatterns(self) -> list:
        """The pages in the order they are met."""
        return [
            path("", before.index, name="index"),
            path("person/", add_one, name="add_one"),
            path("<int:pk>/", shown.show, name="show"),
            path("<int:pk>/columns/", before.columns, name="columns"),
            path("<int:pk>/sheet/", before.sheet, name="sheet"),
            path("<int:pk>/workplaces/", before.workplaces, name="workplaces"),
            path("<int:pk>/progress/", shown.progress, name="progress"),
            path("<int:pk>/confirm/", shown.confirm, name="confirm"),
            path("<int:pk>/cancel/", shown.cancel, name="cancel"),
            path("<int:pk>/undo/", taking_back.take_back, name="undo"),
            path("<int:pk>/rejected/", shown.rejected, name="rejected"),
        ]
