"""Every field an editor can fill in, taken from the forms and blocks the admin really builds."""

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.db.models import Model
from django.utils import translation
from wagtail.admin.panels import FieldPanel, InlinePanel, Panel
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.blocks import Block, ListBlock, RawHTMLBlock, StaticBlock, StreamBlock, StructBlock
from wagtail.contrib.settings.registry import registry
from wagtail.contrib.settings.views import get_setting_edit_handler
from wagtail.documents.forms import get_document_form
from wagtail.fields import StreamField
from wagtail.images.forms import get_image_form, get_image_multi_form
from wagtail.models import get_page_models
from wagtail.snippets.models import get_snippet_models

from core.models import ContentPage, PortalDocument, PortalImage
from directory.admin_views import MergeForm
from directory.imports.forms import ColumnsForm, PersonByHandForm, UploadForm
from newsletters.admin.forms import AudienceForm, TestLetterForm
from scripts.messages.catalogues import APPS

OTHER_FORMS = [MergeForm, ColumnsForm, PersonByHandForm, UploadForm, AudienceForm, TestLetterForm]


@dataclass(frozen=True)
class Told:
    """A field as an editor meets it: where, what is said about it, and whether it may be left empty."""

    place: str
    help: str
    may_be_empty: bool


def told_fields() -> list[Told]:
    """Return what is told of every field, in the editors' language."""
    with translation.override("nb"):
        fields = [*_of_forms(), *_of_blocks()]
    return list({field.place: field for field in fields}.values())


def _subclasses(cls: type) -> Iterator[type]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _of_forms() -> Iterator[Told]:
    for model, handler in _handlers():
        yield from _of_handler(model._meta.label, handler)
    for viewset in _subclasses(ModelViewSet):
        if viewset.__module__.split(".")[0] in APPS and getattr(viewset, "model", None) is not None:
            yield from _of_viewset(viewset())
    yield from _of_form("core.PortalImage", get_image_form(PortalImage))
    yield from _of_form("core.PortalImage, several", get_image_multi_form(PortalImage))
    yield from _of_form("core.PortalDocument", get_document_form(PortalDocument))
    for form in OTHER_FORMS:
        yield from _of_form(form.__name__, form)


def _handlers() -> Iterator[tuple[type[Model], Panel]]:
    """Page types, shared content and settings, whose forms are made of panels."""
    for model in get_page_models():
        if model._meta.app_label in APPS and model is not ContentPage:
            yield model, model.get_edit_handler()
    for model in get_snippet_models():
        yield model, model.snippet_viewset._edit_handler
    for model in registry:
        yield model, get_setting_edit_handler(model)


def _of_viewset(viewset: ModelViewSet) -> Iterator[Told]:
    label = viewset.model._meta.label
    if getattr(viewset, "_edit_handler", None) is not None:
        yield from _of_handler(label, viewset._edit_handler)
        return
    for for_update in (False, True):
        yield from _of_form(label, viewset.get_form_class(for_update=for_update))


def _of_handler(label: str, handler: Panel) -> Iterator[Told]:
    """A panel may say more than its field; rows below a page have forms of their own."""
    form_class = handler.get_form_class()
    said = {
        panel.field_name: str(panel.help_text)
        for panel in _panels(handler)
        if isinstance(panel, FieldPanel) and panel.help_text
    }
    for name, field in form_class.base_fields.items():
        yield from _of_field(f"{label}.{name}", field, said.get(name, ""))
    for panel in _panels(handler):
        if isinstance(panel, InlinePanel):
            yield from _of_handler(f"{label}.{panel.relation_name}", panel.child_edit_handler)


def _panels(handler: Panel) -> Iterator[Panel]:
    yield handler
    for child in getattr(handler, "children", []):
        yield from _panels(child)


def _of_form(label: str, form: type[forms.BaseForm]) -> Iterator[Told]:
    for name, field in form.base_fields.items():
        yield from _of_field(f"{label}.{name}", field)


def _of_field(place: str, field: forms.Field, said: str = "") -> Iterator[Told]:
    if not field.widget.is_hidden and not field.disabled:
        yield Told(place, str(said or field.help_text or ""), not field.required)


def _of_blocks() -> Iterator[Told]:
    models = [*get_page_models(), *get_snippet_models(), *registry]
    for model in models:
        for field in model._meta.get_fields():
            if isinstance(field, StreamField):
                yield from _of_block(field.stream_block)


def _of_block(block: Block) -> Iterator[Told]:
    """The fields of a block of several; a block of one is told by its description in the list of blocks."""
    if isinstance(block, StreamBlock):
        for child in block.child_blocks.values():
            yield from _of_block(child)
    elif isinstance(block, ListBlock):
        yield from _of_block(block.child_block)
    elif isinstance(block, StructBlock):
        for name, child in block.child_blocks.items():
            if not isinstance(child, StaticBlock | RawHTMLBlock):
                place = f"{type(block).__name__}.{name}"
                yield Told(
                    place,
                    str(getattr(child.meta, "help_text", "") or _field_help(child)),
                    not _required(child),
                )
            yield from _of_block(child)


def _field_help(block: Block) -> str:
    return str(getattr(getattr(block, "field", None), "help_text", "") or "")


def _required(block: Block) -> bool:
    if isinstance(block, ListBlock):
        return bool(block.meta.min_num)
    return bool(getattr(block, "required", True))
