"""The demo's register: real institutions, invented people."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from demo.loading.content import read, read_folder
from demo.loading.library import Library
from demo.loading.names import FIRST_NAMES, LAST_NAMES
from directory.models import HealthRegion, Organisation, Person, Position, Unit
from networks.models import Membership, NetworkGroup

SEED = 20261122
REACHED_KINDS = {"health_trust", "private_hospital", "private_partner"}
PEOPLE = 250
TITLES = {
    Position.LeaderLevel.DEPARTMENT: "Avdelingsleder",
    Position.LeaderLevel.UNIT: "Enhetsleder",
    Position.LeaderLevel.SECTION: "Seksjonsleder",
    Position.LeaderLevel.NONE: "Fagkonsulent",
}
PROFESSIONS = [
    "nurse",
    "nurse",
    "social_worker",
    "social_worker",
    "psychologist",
    "doctor",
    "child_welfare",
    "peer_worker",
]


def load_organisations() -> dict[str, Organisation]:
    """Make regions, organisations and units; returns organisations by slug."""
    told = read("organisations.toml")
    regions = {}
    for region in told["regions"]:
        regions[region["slug"]] = HealthRegion.objects.get_or_create(
            slug=region["slug"], defaults={"name": region["name"], "sort_order": region["order"]}
        )[0]
    return {entry["slug"]: _organisation(entry, regions) for entry in told["organisations"]}


def _organisation(told: dict, regions: dict[str, HealthRegion]) -> Organisation:
    organisation, made = Organisation.objects.get_or_create(
        name=told["name"],
        defaults={
            "short_name": told.get("short_name", ""),
            "kind": told["kind"],
            "region": None if told.get("national") else regions.get(told.get("region", "")),
            "must_be_reached": told["kind"] in REACHED_KINDS,
        },
    )
    if made:
        Unit.objects.bulk_create(
            Unit(organisation=organisation, name=unit["name"], kind=unit["kind"])
            for unit in told.get("units", [])
        )
    return organisation


def _workplaces() -> Iterator[tuple[Organisation, Unit | None]]:
    """Workplaces in turn, so that every region has people; those meant to lack subscribers get none."""
    skipped = {o["name"] for o in read("organisations.toml")["organisations"] if o.get("without_subscribers")}
    units = list(
        Unit.objects.select_related("organisation").exclude(organisation__name__in=skipped).order_by("pk")
    )
    others = list(
        Organisation.objects.filter(units=None)
        .exclude(name__in=skipped)
        .exclude(kind="municipality")
        .order_by("pk")
    )
    while True:
        for unit in units:
            yield unit.organisation, unit
        for organisation in others[:12]:
            yield organisation, None


def load_people() -> list[Person]:
    """Invent leaders and members in every region; the same people each time."""
    existing = list(Person.objects.filter(email__endswith="@example.org").order_by("pk"))
    if len(existing) >= PEOPLE:
        return existing
    chance = random.Random(SEED)
    people, positions, taken = [], [], set()
    for (organisation, unit), _n in zip(_workplaces(), range(PEOPLE), strict=False):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        while (first, last) in taken:
            first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        taken.add((first, last))
        person = Person(
            first_name=first,
            last_name=last,
            email=_address(first, last),
            profession=chance.choice(PROFESSIONS),
            language="nn"
            if organisation.region and organisation.region.slug == "helse-vest" and chance.random() < 0.4
            else "nb",
        )
        people.append(person)
        positions.append(_position(person, organisation, unit, chance))
    Person.objects.bulk_create(people)
    Position.objects.bulk_create(positions)
    return people


def _address(first: str, last: str) -> str:
    plain = str.maketrans({"æ": "ae", "ø": "o", "å": "a", " ": ".", "é": "e"})
    return f"{first}.{last}@example.org".lower().translate(plain)


def _position(
    person: Person, organisation: Organisation, unit: Unit | None, chance: random.Random
) -> Position:
    levels = Position.LeaderLevel
    if unit is None:
        level = levels.NONE
    elif unit.kind == Unit.Kind.DEPARTMENT:
        level = levels.DEPARTMENT
    else:
        level = chance.choice([levels.UNIT, levels.UNIT, levels.SECTION, levels.NONE])
    return Position(
        person=person,
        organisation=organisation,
        unit=unit,
        title=TITLES[level],
        leader_level=level,
        from_date=date(2015, 1, 1) + timedelta(days=chance.randrange(3800)),
    )


def load_memberships(library: Library, people: list[Person]) -> None:
    """Spread the people over the networks they fit, with a mentor per group."""
    if Membership.objects.exists():
        return
    chance = random.Random(SEED + 1)
    kinds = {person.pk: position for person, position in _positions(people)}
    rows = []
    for told in read_folder("networks"):
        page = library.page(f"network/{told['slug']}")
        wanted = set(told.get("member_kinds", []))
        groups = list(NetworkGroup.objects.filter(page=page))
        members = [
            person
            for person in people
            if (position := kinds.get(person.pk)) and position.unit_id and position.unit.kind in wanted
        ]
        leaders_only = told["slug"] == "tsb-ledernettverket"
        members = [p for p in members if not leaders_only or kinds[p.pk].leader_level > 0]
        for person in chance.sample(members, min(len(members), 110 if leaders_only else 46)):
            group = chance.choice(groups) if groups else None
            start = date(2018, 1, 1) + timedelta(days=chance.randrange(2800))
            rows.append(Membership(page=page, person=person, group=group, from_date=start))
    Membership.objects.bulk_create(rows)
    for group in NetworkGroup.objects.filter(mentor=None):
        membership = group.memberships.select_related("person").first()
        if membership:
            group.mentor = membership.person
            group.save()


def _positions(people: list[Person]) -> Iterator[tuple[Person, Position]]:
    for position in Position.objects.filter(person__in=people).select_related("person", "unit"):
        yield position.person, position
