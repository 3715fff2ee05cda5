"""What registers in the admin share: yes or no in words, and forms that count no uses."""

from django.utils.translation import gettext as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic


class YesNoColumn(Column):
    """A column that writes a truth value as a word instead of Python's True."""

    def get_value(self, instance) -> str:
        """Return "Yes" or "No" in the reader's language."""
        return str(_("Yes") if super().get_value(instance) else _("No"))


class UncountedEditView(generic.EditView):
    """A form without "Used 0 times": only references from pages are counted there, and these rows have others."""

    def get_usage_url(self) -> None:
        """No uses are shown."""
        return
