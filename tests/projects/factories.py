"""Factories of projects. Pages stand under the index page that `set_up_site` made."""

from datetime import date
from typing import Any

import factory

from projects.models import Activity, Milestone, ProjectIndexPage, ProjectPage, TrafficLight
from tests.core.factories import add_page


def make_project(milestones: int = 0, **fields: Any) -> ProjectPage:
    """Add a project with so many milestones, each with two activities."""
    plan = [
        Milestone(
            title=f"Milepæl {number}",
            activities=[
                Activity(text="Skrive notat", deadline="Innen 31.12.2017", responsible="Prosjektleder"),
                Activity(text="Holde seminar", deadline="Våren 2018", status="Utført"),
            ],
        )
        for number in range(milestones)
    ]
    standard = {"title": "Akutte tjenester", "kind": "competence", "status": "ongoing", "milestones": plan}
    return add_page(ProjectIndexPage.objects.get(), ProjectPage, **{**standard, **fields})


class TrafficLightFactory(factory.django.DjangoModelFactory):
    """A month's light, green unless said otherwise."""

    month = date(2026, 10, 1)

    class Meta:
        model = TrafficLight
