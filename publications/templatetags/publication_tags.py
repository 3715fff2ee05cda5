"""Tags of the publications' templates."""

from django import template

from publications.citations import reference
from publications.listings import publication_list

register = template.Library()
register.simple_tag(publication_list)
register.simple_tag(reference, name="reference_to")
