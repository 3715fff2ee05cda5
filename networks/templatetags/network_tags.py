"""Tags of the networks' templates."""

from django import template

from networks import listings

register = template.Library()
register.simple_tag(listings.network_list)
register.simple_tag(listings.meetings_of)
register.simple_tag(listings.groups_of)
