"""Pictures and documents in pages: an editor puts in only those they may choose.

Wagtail limits what its choosers show, but takes any number that is posted. A project leader, who has pictures and
documents of the own project only, could so show a picture on which the service still works, or read its title. What
already stands on the page, because an adviser put it there, may stay when a leader saves.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import ForeignKey, Model
from django.forms import ModelForm
from wagtail.documents.permissions import permission_policy as document_policy
from wagtail.images.permissions import permission_policy as image_policy

from core.models import PortalDocument, PortalImage

POLICIES = {PortalImage: image_policy, PortalDocument: document_policy}
File = tuple[type[Model], int]


def adds_foreign_files(form: ModelForm, user) -> bool:
    """Whether a valid form puts files in the page that it did not hold and that the user may not choose."""
    added = set(_files(form, "cleaned_data")) - set(_files(form, "initial"))
    for model, policy in POLICIES.items():
        keys = {key for kind, key in added if kind is model}
        if not keys:
            continue
        allowed = policy.instances_user_has_any_permission_for(user, ["choose"]).filter(pk__in=keys)
        if allowed.count() < len(keys):
            return True
    return False


def _files(form: ModelForm, where: str) -> Iterator[File]:
    """Give the files named in a form's `cleaned_data` or `initial`, and in the forms inside it."""
    values: dict[str, Any] = getattr(form, where, {})
    for field in form._meta.model._meta.concrete_fields:
        value = values.get(field.name)
        if not value:
            continue
        if isinstance(field, ForeignKey) and field.related_model in POLICIES:
            yield field.related_model, int(getattr(value, "pk", value))
        elif hasattr(field, "extract_references"):
            found = field.extract_references(value)
            yield from ((model, int(key)) for model, key, *_path in found if model in POLICIES)
    for formset in getattr(form, "formsets", {}).values():
        for child in formset.forms:
            yield from _files(child, where)
