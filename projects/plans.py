"""What belongs to one project's page beside its text: phases, milestones with activities, outputs."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from wagtail.models import Site

from core.site_pages import site_pages
from projects.models import ProjectPage

Row = dict[str, Any]
PHASE = ("name", "start", "end", "description")
ACTIVITY = ("text", "deadline", "responsible", "status")

# All three at once, as the page shows them: a project is one thing in five tables.
STATEMENT = """
SELECT
  (SELECT json_agg(json_build_object(
      'name', p.name, 'start', p.start, 'end', p."end", 'description', p.description) ORDER BY p.sort_order, p.id)
    FROM projects_phase p WHERE p.page_id = %(page)s),
  (SELECT json_agg(json_build_object(
      'title', m.title, 'phase_name', m.phase_name, 'activities', (
        SELECT coalesce(json_agg(json_build_object('text', a.text, 'deadline', a.deadline,
          'responsible', a.responsible, 'status', a.status) ORDER BY a.sort_order, a.id), '[]')
        FROM projects_activity a WHERE a.milestone_id = m.id)) ORDER BY m.sort_order, m.id)
    FROM projects_milestone m WHERE m.page_id = %(page)s),
  (SELECT json_agg(json_build_object(
      'kind', o.kind, 'text', o.text, 'number', o.number, 'page', o.related_page_id) ORDER BY o.sort_order, o.id)
    FROM projects_projectoutput o WHERE o.page_id = %(page)s)
"""


@dataclass(frozen=True)
class Plan:
    """Phases (name, start, end, description), milestones (title, phase_name, activities) and outputs (kind, text,
    number, url: of the page it is found on, "" without one), each in its order."""

    phases: list[Row]
    milestones: list[Row]
    outputs: list[Row]


def plan_of(page: ProjectPage, site: Site | None = None) -> Plan:
    """Return what belongs to the project (1 query; a preview or a revision has it in memory)."""
    # Only there is not everything in the database.
    plan = _in_memory(page) if "_cluster_related_objects" in page.__dict__ else _stored(page)
    places = site_pages(site).by_key if site and plan.outputs else {}
    for output in plan.outputs:
        place = places.get(output["page"])
        output["url"] = place.url if place else ""
    return plan


def _stored(page: ProjectPage) -> Plan:
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"page": page.pk})
        return Plan(*(part or [] for part in cursor.fetchone()))


def _in_memory(page: ProjectPage) -> Plan:
    milestones = [
        {
            "title": milestone.title,
            "phase_name": milestone.phase_name,
            "activities": [_row(activity, ACTIVITY) for activity in milestone.activities.all()],
        }
        for milestone in page.milestones.all()
    ]
    outputs = [
        {**_row(output, ("kind", "text", "number")), "page": output.related_page_id}
        for output in page.outputs.all()
    ]
    return Plan([_row(phase, PHASE) for phase in page.phases.all()], milestones, outputs)


def _row(thing: object, names: tuple[str, ...]) -> Row:
    return {name: getattr(thing, name) for name in names}
