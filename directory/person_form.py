"""The register's own form of a person, and the views that add and change one with it."""

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.admin.views import generic

from directory import services
from directory.imports.by_hand import AskedBackForm, note_asked_back


class PersonForm(AskedBackForm, WagtailAdminModelForm):
    """An address that is put in anew, main or further, must not be that of somebody erased."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse an erased address unless the person asked to come back."""
        data = super().clean()
        self.check_erased(self._new_addresses())
        return data

    def _new_addresses(self) -> list[str]:
        found = [self.cleaned_data.get("email", "")] if "email" in self.changed_data else []
        formset = self.formsets["further_addresses"]
        if formset.is_valid():
            changed = [form for form in formset.forms if "email" in form.changed_data]
            found += [form.cleaned_data.get("email", "") for form in changed]
        return [address for address in found if address]


class AskedBackPanel(FieldPanel):
    """The box, shown where an address asks for it."""

    class BoundPanel(FieldPanel.BoundPanel):
        """The panel with its form."""

        def is_shown(self) -> bool:
            """Whether the form met somebody who was erased."""
            return self.form is not None and self.form.asks_back and super().is_shown()


class PersonCreateView(generic.CreateView):
    """Add a person."""

    def save_instance(self):
        """Save, and keep who says that an erased person asked for it."""
        person = super().save_instance()
        if self.form.asks_back:
            note_asked_back(person, self.request.user)
        return person


class PersonEditView(generic.EditView):
    """Change a person; a new main address keeps the old one as a further address."""

    def save_instance(self):
        """Save the form, keep the old address when the main one was corrected, and who let an erased one in."""
        old = self.form.initial.get("email", "")
        person = super().save_instance()
        if "email" in self.form.changed_data:
            services.address_was_corrected(person, old, self.request.user)
        if self.form.asks_back:
            note_asked_back(person, self.request.user)
        return person
