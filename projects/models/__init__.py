"""Projects with phases, milestones, activities, traffic lights."""

from projects.models.pages import ProjectIndexPage, ProjectPage
from projects.models.plan import Activity, Milestone, Phase, ProjectOutput
from projects.models.traffic_lights import TrafficLight

__all__ = [
    "Activity",
    "Milestone",
    "Phase",
    "ProjectIndexPage",
    "ProjectOutput",
    "ProjectPage",
    "TrafficLight",
]
