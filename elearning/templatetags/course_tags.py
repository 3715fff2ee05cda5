"""Tags of the courses' templates."""

from django import template

from elearning import listings

register = template.Library()
register.simple_tag(listings.course_list)
register.simple_tag(listings.modules_of)
register.simple_tag(listings.module_place)
register.simple_tag(listings.chapters_in)
