"""Filters that dress Django's form widgets in Designsystemet's classes."""

from django import forms, template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def is_checkbox(field) -> bool:
    """Whether the field is one single box to tick."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_group(field) -> bool:
    """Whether the field is several radio buttons or boxes, which belong in a fieldset."""
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.filter
def with_class(field) -> SafeString:
    """The field's control, dressed, and tied to its error message."""
    attrs = {"class": f"{field.field.widget.attrs.get('class', '')} ds-input".strip()}
    if field.errors:
        described = [f"{field.auto_id}_helptext"] if field.help_text else []
        attrs |= {
            "aria-invalid": "true",
            "aria-describedby": " ".join([*described, f"{field.auto_id}_error"]),
        }
    return field.as_widget(attrs=attrs)


@register.filter
def input_class(tag: str) -> SafeString:
    """One radio button or box of a group, dressed."""
    return mark_safe(str(tag).replace("<input ", '<input class="ds-input" ', 1))  # noqa: S308 - Django's own markup


@register.filter
def first_control(field) -> str:
    """The id that a link to the field leads to: the control's own, or the first one of a group."""
    return f"{field.auto_id}_0" if is_group(field) else field.id_for_label
