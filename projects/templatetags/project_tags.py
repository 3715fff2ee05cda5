"""Tags of the projects' templates."""

from django import template
from wagtail.models import Site

from projects import listings, plans

register = template.Library()
register.simple_tag(listings.project_list)
register.simple_tag(listings.related_publications)


@register.simple_tag(takes_context=True)
def plan_of(context, page) -> plans.Plan:
    """The project's phases, milestones and outputs, with the addresses of the pages these are found on (1 query)."""
    request = context.get("request")
    return plans.plan_of(page, Site.find_for_request(request) if request else None)
