"""Who may import, and what every page of an import has in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from wagtail.permission_policies import ModelPermissionPolicy

from directory.models import Person

policy = ModelPermissionPolicy(Person)


def may_import(user: Any) -> bool:
    """Whether a user may import: whoever may both add and change people."""
    return policy.user_has_permission(user, "add") and policy.user_has_permission(user, "change")


def for_importers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let only those in who may import; PermissionDenied for others."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_import(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def frame(title: str, **context: Any) -> dict[str, Any]:
    """Return what every page's template needs."""
    return {"page_title": title, "header_title": title, "header_icon": "upload", **context}


def changed_meanwhile() -> str:
    """Say that the import is not as the page showed it."""
    return _("Somebody has gone on with the import meanwhile. Look it over again.")
