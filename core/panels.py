"""The panels of the admin's first page. Apps to the right add theirs with `register_home_panel`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, Q
from django.utils import timezone
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from core.models import FeedbackResponse
from core.reviews import due_pages

LENGTH = 6  # rows in a panel
_registered: list[type["HomePanel"]] = []


class HomePanel(Component):
    """A panel of the first page. `order` decides its place; `is_shown` who sees it."""

    order = 500

    def __init__(self, request) -> None:
        self.request = request

    def is_shown(self) -> bool:
        """Whether the user shall see the panel."""
        return True


def register_home_panel(panel: type[HomePanel]) -> type[HomePanel]:
    """Add a panel class to the first page; usable as a decorator."""
    if panel not in _registered:
        _registered.append(panel)
    return panel


def home_panels(request) -> list[HomePanel]:
    """Return the panels this user sees, in their order."""
    panels = [panel(request) for panel in _registered]
    return sorted((panel for panel in panels if panel.is_shown()), key=lambda panel: panel.order)


def editable_pages(user):
    """Return the pages the user may change."""
    return page_permission_policy.instances_user_has_permission_for(user, "change")


@register_home_panel
class MyDraftsPanel(HomePanel):
    """What I have written and not published."""

    order = 100
    template_name = "core/admin/panel_drafts.html"

    def is_shown(self) -> bool:
        """For those who may write."""
        return page_permission_policy.user_has_any_permission(self.request.user, ["add", "change", "publish"])

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The newest drafts, with what became of them."""
        user = self.request.user
        mine = Q(latest_revision__user=user) | Q(owner=user, latest_revision__user__isnull=True)
        pages = editable_pages(user).filter(mine, has_unpublished_changes=True)
        pages = pages.select_related("content_type").prefetch_workflow_states()
        return {"pages": pages.order_by("-latest_revision_created_at")[:LENGTH]}


@register_home_panel
class DueForReviewPanel(HomePanel):
    """Pages past their review date or near it."""

    order = 300
    template_name = "core/admin/panel_reviews.html"

    def is_shown(self) -> bool:
        """For those who may write, and for readers of reports."""
        may_write = page_permission_policy.user_has_any_permission(self.request.user, ["change", "publish"])
        return may_write or self.request.user.has_perm("core.view_contentpage")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """The first pages and their number."""
        user = self.request.user
        pages = due_pages()
        if not user.has_perm("core.view_contentpage"):
            pages = pages.filter(pk__in=editable_pages(user).values("pk"))
        may_edit = set(editable_pages(user).filter(pk__in=pages.values("pk")).values_list("pk", flat=True))
        return {
            "pages": pages[:LENGTH],
            "number": pages.count(),
            "may_edit": may_edit,
            "today": timezone.localdate(),
            "sees_report": user.has_perm("core.view_contentpage"),
        }


@register_home_panel
class FeedbackPanel(HomePanel):
    """What readers have said in the last seven days."""

    order = 400
    template_name = "core/admin/panel_feedback.html"

    def is_shown(self) -> bool:
        """For those who may write, and for readers of reports."""
        may_write = page_permission_policy.user_has_any_permission(self.request.user, ["change", "publish"])
        return may_write or self.request.user.has_perm("core.view_feedbackresponse")

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Figures of the week and the newest comments."""
        user = self.request.user
        week = FeedbackResponse.objects.filter(received_on__gt=timezone.localdate() - timedelta(days=7))
        if not user.has_perm("core.view_feedbackresponse"):
            week = week.filter(page__in=editable_pages(user).values("pk"))
        figures = week.aggregate(
            number=Count("pk"),
            useful=Count("pk", filter=Q(was_useful=True)),
            answered=Count("pk", filter=Q(was_useful__isnull=False)),
            relevance=Avg("relevance"),
            accessibility=Avg("accessibility"),
            structure=Avg("structure"),
            action=Avg("action"),
        )
        comments = week.exclude(comment="").select_related("page").order_by("-pk")[:3]
        return {"figures": figures, "comments": comments}


def pages_with_picture(image) -> list[Page]:
    """Return the pages that use a picture, in fields or in text blocks."""
    from wagtail.models import ReferenceIndex

    keys = {
        int(row.object_id)
        for row in ReferenceIndex.get_references_to(image).filter(
            base_content_type__app_label="wagtailcore", base_content_type__model="page"
        )
    }
    return list(Page.objects.filter(pk__in=keys).order_by("title"))
