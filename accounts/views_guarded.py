"""Views of Wagtail's that would show an editor others' drafts, pictures and documents, held to what is the editor's.

The bulk actions' pages of confirmation name what one may not touch too ("you have no permission for …"), and that of a
move asks for no right before its button is pressed: both would tell any title whose number one guesses.
"""

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from wagtail.admin.auth import require_admin_access
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.admin.views.pages.move import move_confirm
from wagtail.documents.permissions import permission_policy as document_policy
from wagtail.images.permissions import permission_policy as image_policy
from wagtail.models import Page

from core.models import PortalDocument, PortalImage
from core.wagtail_hooks import visible_pages

FILE_POLICIES = {PortalImage: image_policy, PortalDocument: document_policy}


class OnlyVisible:
    """Leaves out of a bulk action what its user may not see."""

    def get_queryset(self, model: type[Model], object_ids) -> list[Model]:
        """As Wagtail's, without what is others'."""
        visible = set(visible_to(self.request.user, model).values_list("pk", flat=True))
        kept = [one for one in super().get_queryset(model, object_ids) if one.pk in visible]
        if not kept:
            raise Http404
        return kept


def visible_to(user, model: type[Model]) -> QuerySet:
    """Return the rows whose titles the user may read in the admin."""
    if model is Page:
        return visible_pages(user)
    if policy := FILE_POLICIES.get(model):
        return policy.instances_user_has_any_permission_for(user, ["choose", "change", "delete"])
    names = [f"{model._meta.app_label}.{right}_{model._meta.model_name}" for right in ("change", "delete")]
    rows = model._default_manager.all()
    return rows if any(user.has_perm(name) for name in names) else rows.none()


@require_admin_access
def bulk_action(request: HttpRequest, app_label: str, model_name: str, action: str) -> HttpResponse:
    """Show and carry out a bulk action on what the user may see of the chosen."""
    found = bulk_action_registry.get_bulk_action_class(app_label, model_name, action)
    if found is None:
        raise Http404
    guarded = type(found.__name__, (OnlyVisible, found), {})
    return guarded(request, apps.get_model(app_label, model_name)).dispatch(request)


@require_admin_access
def confirm_move(request: HttpRequest, page_to_move_id: int, destination_id: int) -> HttpResponse:
    """Ask whether to move a page, those who may."""
    page = get_object_or_404(Page, pk=page_to_move_id)
    destination = get_object_or_404(Page, pk=destination_id)
    if not page.permissions_for_user(request.user).can_move_to(destination):
        raise PermissionDenied
    return move_confirm(request, page_to_move_id, destination_id)
