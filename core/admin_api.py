"""The admin's own interface to pictures and documents, held to what the one who asks may use.

Wagtail limits its lists and choosers, but this interface answers everybody in the admin with everything.
"""

from wagtail.documents.api.admin.views import DocumentsAdminAPIViewSet
from wagtail.documents.permissions import permission_policy as document_policy
from wagtail.images.api.admin.views import ImagesAdminAPIViewSet
from wagtail.images.permissions import permission_policy as image_policy

USES = ["choose", "change", "delete"]


class OwnImages(ImagesAdminAPIViewSet):
    """Pictures the user may choose or change."""

    def get_queryset(self):
        """As Wagtail's, without others' pictures."""
        own = image_policy.instances_user_has_any_permission_for(self.request.user, USES)
        return super().get_queryset().filter(pk__in=own.values("pk"))


class OwnDocuments(DocumentsAdminAPIViewSet):
    """Documents the user may choose or change."""

    def get_queryset(self):
        """As Wagtail's, without others' documents."""
        own = document_policy.instances_user_has_any_permission_for(self.request.user, USES)
        return super().get_queryset().filter(pk__in=own.values("pk"))
