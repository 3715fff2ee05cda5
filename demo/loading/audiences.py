"""The demo's interests, wishes for fewer letters, and a saved audience."""

import random
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from demo.loading.register import SEED
from directory.models import HealthRegion, Person, Position
from newsletters.audience import Audience
from newsletters.models import FewerLetters, Interest, PersonInterest, SavedAudience, Series

INTERESTS = [
    ("Pårørende og familie", "Pårørande og familie"),
    ("Avrusning og akutt hjelp", "Avrusing og akutt hjelp"),
    ("Legemiddelassistert rehabilitering", "Legemiddelassistert rehabilitering"),
    ("Brukermedvirkning", "Brukarmedverknad"),
    ("Ledelse og fagutvikling", "Leiing og fagutvikling"),
]
SAVED = "Enhets- og avdelingsledere i nord og midt"


def load_audiences(people: list[Person]) -> None:
    """Make interests with people who have ticked them, a few wishes for fewer letters, and one saved audience."""
    for order, (name, name_nn) in enumerate(INTERESTS, start=1):
        Interest.objects.get_or_create(name=name, defaults={"name_nn": name_nn, "sort_order": order * 10})
    _save_audience()
    if PersonInterest.objects.exists() or FewerLetters.objects.exists():
        return
    chance = random.Random(SEED + 3)
    interests = list(Interest.objects.all())
    PersonInterest.objects.bulk_create(
        PersonInterest(person=person, interest=interest)
        for person in people
        if chance.random() < 0.35
        for interest in chance.sample(interests, chance.randint(1, 3))
    )
    few = chance.sample(people, 9)
    until = timezone.localdate() + timedelta(days=60)
    FewerLetters.objects.bulk_create(
        [
            *(FewerLetters(person=person, paused_until=until) for person in few[:4]),
            *(FewerLetters(person=person, only_important=True) for person in few[4:]),
        ]
    )


def _save_audience() -> None:
    series = Series.objects.get(slug="tsb-lederbrev")
    regions = HealthRegion.objects.filter(slug__in=["helse-nord", "helse-midt-norge"])
    levels = (Position.LeaderLevel.UNIT.value, Position.LeaderLevel.DEPARTMENT.value)
    audience = Audience(
        series=series.pk, regions=tuple(regions.values_list("pk", flat=True)), leader_levels=levels
    )
    SavedAudience.objects.get_or_create(
        series=series,
        name=SAVED,
        defaults={
            "audience": audience.as_dict(),
            "created_by": User.objects.filter(email="radgiver@example.no").first(),
        },
    )
