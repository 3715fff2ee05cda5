"""All letters in one list, drafts first of all: what an adviser works on from the menu "Letters"."""

from typing import Any

from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters.filters import ChoiceFilter, ModelMultipleChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import DateColumn
from wagtail.admin.ui.tables.pages import (
    BulkActionsColumn,
    PageStatusColumn,
    PageTitleColumn,
    ParentPageColumn,
)
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.pages import PageListingViewSet

from newsletters.models import LetterArchivePage, LetterPage
from newsletters.services.deliver import may_send
from newsletters.standstill import standing_still


class ArchiveFilter(ModelMultipleChoiceFilter):
    """Letters that stand in the chosen archives."""

    def get_filter_predicate(self, v) -> dict:
        """A letter's path begins with its archive's."""
        return {"path__startswith": v.path}


class LetterFilterSet(WagtailFilterSet):
    """What the list of letters may be narrowed by."""

    archive = ArchiveFilter(
        label=_("Letter archive"),
        queryset=LetterArchivePage.objects.filter(series__isnull=False),
        widget=CheckboxSelectMultiple,
    )
    live = ChoiceFilter(label=_("Status"), choices=[("False", _("Draft")), ("True", _("Published"))])

    class Meta:
        model = LetterPage
        fields: list[str] = []


class WithStandstills:
    """A list that shows above it, to those who may send, which deliveries stand still."""

    request: HttpRequest

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The list's own, and what stands still."""
        found = standing_still() if may_send(self.request.user) else []
        return {**super().get_context_data(*args, **kwargs), "found": found}


class LetterListView(WithStandstills, IndexView):
    """Every letter, the one worked on last at the top."""

    page_title = _("All letters")
    template_name = "newsletters/admin/letter_list.html"


class LetterMenuItem(MenuItem):
    """The list in the menu, for those who send letters."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Others reach the letters they may edit through the pages."""
        return may_send(request.user)


class LetterListViewSet(PageListingViewSet):
    """The list of letters; without it a draft is found only by walking down the tree of pages."""

    model = LetterPage
    name = "letter_list"
    url_prefix = "brev/alle"
    icon = "doc-full"
    menu_label = _("All letters")
    menu_order = 5
    menu_item_class = LetterMenuItem
    index_view_class = LetterListView
    filterset_class = LetterFilterSet
    columns = [
        BulkActionsColumn("bulk_actions"),
        PageTitleColumn("title", label=_("Letter"), sort_key="title", classname="title"),
        ParentPageColumn("parent", label=_("Letter archive")),
        DateColumn(
            "latest_revision_created_at",
            label=_("Last saved"),
            sort_key="latest_revision_created_at",
            width="12%",
        ),
        PageStatusColumn("status", label=_("Status"), sort_key="live", width="12%"),
    ]
