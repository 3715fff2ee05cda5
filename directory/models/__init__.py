"""The one register of regions, organisations, units and people."""

from directory.models.imports import ImportFile, ImportRow, PeopleImport
from directory.models.organisations import HealthRegion, Organisation, Unit
from directory.models.people import (
    FormerNumber,
    Person,
    PersonAddress,
    PersonQuerySet,
    Position,
    PositionQuerySet,
)

__all__ = [
    "FormerNumber",
    "HealthRegion",
    "ImportFile",
    "ImportRow",
    "Organisation",
    "PeopleImport",
    "Person",
    "PersonAddress",
    "PersonQuerySet",
    "Position",
    "PositionQuerySet",
    "Unit",
]
