"""Tags of the events' templates."""

from django import template

from events.listings import event_list

register = template.Library()
register.simple_tag(event_list)
