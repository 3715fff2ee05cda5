"""Tell from what is stored who has left all letters.

Leaving all wrote every series in one go, with one moment for all: two rows of one person that ended at the very same
moment come from nothing else. Whoever called a letter spam has left all too, and is known by the hash of the address.
A subscription that is active again is younger than either, so its person is left out. Only reads what is there and
adds rows to a table nobody else writes yet; run again, it adds nothing.
"""

import hashlib
import hmac

from django.conf import settings
from django.db import migrations
from django.db.models import Count, Exists, OuterRef

BATCH = 2000


def note_who_left_all(apps, schema_editor):
    Subscription = apps.get_model("newsletters", "Subscription")
    SuppressedAddress = apps.get_model("newsletters", "SuppressedAddress")
    active = Subscription.objects.filter(person=OuterRef("person"), status="active")
    found = {}
    together = (
        Subscription.objects.filter(~Exists(active), status="unsubscribed", ended_at__isnull=False)
        .order_by()
        .values("person", "ended_at")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
    )
    for person, moment in together.values_list("person", "ended_at"):
        found[person] = min(moment, found.get(person, moment))
    complaints = dict(SuppressedAddress.objects.filter(reason="complaint").values_list("hash", "since"))
    if complaints:
        for person, email in _addresses(apps):
            since = complaints.get(_hash(email))
            if since and not Subscription.objects.filter(person=person, status="active").exists():
                found[person] = min(since, found.get(person, since))
    LeftAllLetters = apps.get_model("newsletters", "LeftAllLetters")
    LeftAllLetters.objects.bulk_create(
        [LeftAllLetters(person_id=person, since=since) for person, since in found.items()],
        ignore_conflicts=True,
        batch_size=BATCH,
    )


def _addresses(apps):
    Person, PersonAddress = (
        apps.get_model("directory", "Person"),
        apps.get_model("directory", "PersonAddress"),
    )
    yield from Person.objects.order_by().values_list("pk", "email").iterator(BATCH)
    yield from PersonAddress.objects.order_by().values_list("person", "email").iterator(BATCH)


def _hash(email):
    # As newsletters.models.address_hash does it today.
    key = f"newsletters.suppression:{settings.SECRET_KEY}".encode()
    return hmac.new(key, email.strip().lower().encode(), hashlib.sha256).hexdigest()


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0005_left_all_letters"),
    ]

    operations = [migrations.RunPython(note_who_left_all, migrations.RunPython.noop)]
