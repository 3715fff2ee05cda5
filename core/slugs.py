"""Words that addresses of the code use. A page directly under the front page would never be reached there."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from wagtail.admin.forms import WagtailAdminPageForm

RESERVED = frozenset(
    {
        ".well-known",
        "admin",
        "avmeld",
        "dev",
        "dokumenter",
        "healthz",
        "konto",
        "l",
        "media",
        "min-side",
        "o",
        "preferanser",
        "sok",
        "static",
        "tilbakemelding",
    }
)


def refuse_reserved(slug: str, parent) -> None:
    """Raise ValidationError when a page with this slug would stand in the way of the code's own addresses."""
    from core.models import HomePage

    if slug.lower() in RESERVED and parent is not None and issubclass(parent.specific_class, HomePage):
        raise ValidationError(
            _("The address “%(slug)s” is used by the portal itself. Choose another.") % {"slug": slug}
        )


class PortalPageForm(WagtailAdminPageForm):
    """The form of every page type."""

    class Meta(WagtailAdminPageForm.Meta):
        # What Wagtail's own fields do, said here as the fields are its own.
        help_texts = {
            "seo_title": _lazy(
                "The title that search engines and browser tabs show. Left empty, the page's own is used."
            ),
            "search_description": _lazy(
                "The text below the link in search engines. Left empty, the lead is used."
            ),
            "show_in_menus": _lazy(
                "Shows the page in the menu. Turned off, readers find it through other pages and by search."
            ),
            "go_live_at": _lazy("When the page is published by itself. Left empty, you publish it by hand."),
            "expire_at": _lazy("When the page is taken away from readers by itself. Left empty, it stays."),
        }

    def clean(self) -> dict:
        """Refuse words that the portal uses itself."""
        data = super().clean()
        slug = data.get("slug")
        if slug:
            try:
                refuse_reserved(slug, self.parent_page)
            except ValidationError as error:
                self.add_error("slug", error)
        return data

    def is_valid(self) -> bool:
        """Stop whoever puts in files that the chooser does not offer them; only now are the forms inside checked too.

        No form comes back with a sentence: it would show title and picture of what was asked for.
        """
        from core.own_files import adds_foreign_files

        is_valid = super().is_valid()
        if is_valid and self.for_user is not None and adds_foreign_files(self, self.for_user):
            raise PermissionDenied
        return is_valid
