"""Factories of the letters' tables: series, people who subscribe, letters, deliveries."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from accounts.models import User
from core.models import HomePage
from directory.models import HealthRegion, Organisation, Person, Position, Unit
from newsletters.audience import Audience
from newsletters.models import (
    Delivery,
    LetterArchivePage,
    LetterPage,
    MeasuringConsent,
    Recipient,
    Series,
    Subscription,
)
from newsletters.services.freeze import freeze
from tests.core.factories import add_page


class SeriesFactory(factory.django.DjangoModelFactory):
    """A series of letters."""

    name = factory.Sequence(lambda n: f"Lederbrev {n}")
    slug = factory.Sequence(lambda n: f"lederbrev-{n}")
    description = "Nytt fra feltet, åtte ganger i året."
    sender_name = "Kompetansetjenesten på Ås"
    sender_email = "brev@tjenesten.example"

    class Meta:
        model = Series


class PersonFactory(factory.django.DjangoModelFactory):
    """Someone in the register."""

    first_name = factory.Sequence(lambda n: f"Kari{n}")
    last_name = "Nordmann"
    email = factory.Sequence(lambda n: f"kari{n}@helse.example")

    class Meta:
        model = Person


class RegionFactory(factory.django.DjangoModelFactory):
    """A health region."""

    name = factory.Sequence(lambda n: f"Helse Region {n}")
    slug = factory.Sequence(lambda n: f"region-{n}")

    class Meta:
        model = HealthRegion


class OrganisationFactory(factory.django.DjangoModelFactory):
    """A health trust in a region."""

    name = factory.Sequence(lambda n: f"Sykehuset {n} HF")
    kind = Organisation.Kind.HEALTH_TRUST
    region = factory.SubFactory(RegionFactory)

    class Meta:
        model = Organisation


class SubscriptionFactory(factory.django.DjangoModelFactory):
    """A confirmed subscription."""

    person = factory.SubFactory(PersonFactory)
    series = factory.SubFactory(SeriesFactory)
    status = Subscription.Status.ACTIVE

    class Meta:
        model = Subscription


def make_position(person: Person, organisation: Organisation | None = None, **fields: Any) -> Position:
    """Give a person a place of work; `unit_kind` makes a unit of that kind there."""
    organisation = organisation or OrganisationFactory()
    kind = fields.pop("unit_kind", None)
    if kind:
        fields["unit"] = Unit.objects.create(organisation=organisation, name=f"Enhet {kind}", kind=kind)
    return Position.objects.create(person=person, organisation=organisation, **fields)


def give_consent(person: Person, **fields: Any) -> MeasuringConsent:
    """Let a person say yes to measuring."""
    return MeasuringConsent.objects.create(person=person, wording="Ja, det er greit.", **fields)


def make_sender(email: str = "radgiver@tjenesten.example") -> User:
    """Make a user who may send letters; superusers pass every check and would prove nothing."""
    from django.contrib.auth.models import Permission

    user = User.objects.create_user(email, "et langt passord", first_name="Ragnhild", last_name="Rådgiver")
    user.user_permissions.add(
        Permission.objects.get(codename="send_letter", content_type__app_label="newsletters"),
        Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin"),
    )
    return user


def make_letter(series: Series | None = None, *, live: bool = False, **fields: Any) -> LetterPage:
    """Add a letter to the archive of a series; needs the `site` fixture."""
    series = series or SeriesFactory()
    top = LetterArchivePage.objects.child_of(HomePage.objects.get()).get()
    archive = LetterArchivePage.objects.filter(series=series).first() or add_page(
        top, LetterArchivePage, title=series.name, slug=series.slug, series=series
    )
    defaults = {
        "title": "Nytt om behandlingsavbrudd",
        "lead": "Tre tjenester deler hva de har lært.",
        "number": 3,
        "year": 2026,
        "preheader": "Tre tjenester deler hva de har lært",
        "body": [
            ("heading", {"text": "Slik følger dere opp", "level": "2"}),
            ("text", '<p>Les <a href="https://example.no/rapport?a=1&amp;b=2">rapporten</a> i dag.</p>'),
            ("button", {"text": "Meld deg på", "page": None, "url": "https://example.no/pamelding"}),
        ],
    }
    return add_page(archive, LetterPage, live=live, **{**defaults, **fields})


def make_delivery(
    letter: LetterPage | None = None, *, subscribers: int = 0, frozen: bool = True, **fields: Any
) -> Delivery:
    """Make a running delivery of a letter; its series gets so many more subscribers. Needs the `site` fixture."""
    letter = letter or make_letter()
    SubscriptionFactory.create_batch(subscribers, series=letter.series)
    delivery = Delivery.objects.create(
        letter=letter,
        series=letter.series,
        **{"audience": Audience.of_series(letter.series).as_dict(), **fields},
    )
    if frozen:
        freeze(delivery)
    return delivery


def make_running(subscribers: int, **fields: Any) -> Delivery:
    """Make a frozen delivery to so many subscribers that workers may claim."""
    delivery = make_delivery(subscribers=subscribers, **fields)
    Delivery.objects.filter(pk=delivery.pk).update(status=Delivery.Status.SENDING)
    delivery.refresh_from_db()
    return delivery


def statuses(delivery: Delivery) -> list[str]:
    """The outcomes of a delivery's receivers, sorted."""
    return sorted(delivery.recipients.values_list("status", flat=True))


def let_leases_run_out() -> None:
    """Pretend that every worker has been silent for too long."""
    Recipient.objects.filter(status="sending").update(lease_until=timezone.now() - timedelta(seconds=1))
