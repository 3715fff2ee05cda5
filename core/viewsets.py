"""Content that pages share, in the admin: staff roles, glossary, films."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from core.models import Film, GlossaryTerm, StaffRole


class StaffRoleViewSet(SnippetViewSet):
    """Roles readers can ask."""

    model = StaffRole
    icon = "user"
    menu_label = _("Staff roles")
    menu_order = 10
    add_to_admin_menu = False
    list_display = [
        "title",
        Column("name", label=_("Name"), accessor="name"),
        Column("email", label=_("E-mail"), accessor="email"),
        BooleanColumn("is_public", label=_("On the contact page"), accessor="is_public"),
    ]
    list_filter = ["is_public"]
    list_export = ["title", "name", "email", "phone", "is_public"]
    export_filename = "roller"
    search_backend_name = None
    search_fields = ["title", "name", "email"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("title"),
                    FieldPanel("name"),
                    FieldRowPanel([FieldPanel("email"), FieldPanel("phone")]),
                    FieldPanel("picture"),
                ],
                heading=_("Role"),
            ),
            FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
            FieldRowPanel([FieldPanel("is_public"), FieldPanel("sort_order")]),
        ]
    )


class GlossaryTermViewSet(SnippetViewSet):
    """Terms and abbreviations."""

    model = GlossaryTerm
    icon = "list-ul"
    menu_label = _("Glossary")
    menu_order = 20
    list_display = ["term", "long_form", "synonyms"]
    list_export = ["term", "long_form", "explanation", "synonyms"]
    export_filename = "ordliste"
    list_per_page = 50
    search_backend_name = None
    search_fields = ["term", "long_form", "synonyms", "explanation"]
    copy_view_enabled = False
    edit_handler = ObjectList(
        [FieldPanel("term"), FieldPanel("long_form"), FieldPanel("explanation"), FieldPanel("synonyms")]
    )


class FilmViewSet(SnippetViewSet):
    """Films with captions."""

    model = Film
    icon = "media"
    menu_label = _("Films")
    menu_order = 30
    list_display = [
        "title",
        Column("captions", label=_("Captions"), accessor="get_captions_display"),
        Column("minutes", label=_("Minutes"), accessor="minutes"),
    ]
    list_filter = ["captions", "audio_description"]
    list_export = ["title", "url", "seconds", "get_captions_display", "get_audio_description_display"]
    export_headings = {
        "get_captions_display": _("captions"),
        "get_audio_description_display": _("audio description"),
    }
    export_filename = "filmer"
    search_backend_name = None
    search_fields = ["title", "description"]
    copy_view_enabled = False
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldPanel("title"),
                    FieldPanel("description"),
                    MultiFieldPanel(
                        [FieldPanel("url"), FieldPanel("file"), FieldPanel("poster"), FieldPanel("seconds")],
                        heading=_("Film"),
                    ),
                    FieldPanel("topics", widget=forms.CheckboxSelectMultiple),
                ],
                heading=_("Content"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [FieldPanel("captions"), FieldPanel("caption_file"), FieldPanel("was_live")],
                        heading=_("Captions"),
                    ),
                    MultiFieldPanel(
                        [FieldPanel("audio_description"), FieldPanel("audio_description_note")],
                        heading=_("Audio description"),
                    ),
                    FieldPanel("transcript"),
                ],
                heading=_("Accessibility"),
            ),
        ]
    )


class SharedContentGroup(SnippetViewSetGroup):
    """What several pages use, in one place in the menu."""

    items = (StaffRoleViewSet, GlossaryTermViewSet, FilmViewSet)
    menu_label = _("Shared content")
    menu_icon = "folder-inverse"
    menu_name = "shared-content"
    menu_order = 250
