"""A person's yes to being measured: given with the words that were shown, withdrawn at once."""

from django.db import transaction
from django.utils import timezone

from directory.models import Person
from newsletters.forgetting import forget_hits
from newsletters.models import MeasuringConsent, Recipient


def give_consent(person: Person, wording: str) -> None:
    """Note the yes to measuring with the words that were shown. A yes that stands keeps its date."""
    consent, made = MeasuringConsent.objects.get_or_create(person=person, defaults={"wording": wording})
    if not made and consent.withdrawn_at:
        consent.wording, consent.given_at, consent.withdrawn_at = wording, timezone.now(), None
        consent.save()


@transaction.atomic
def withdraw_consent(person: Person) -> None:
    """End the measuring of the person. What was noted about them so far is cut loose; the counters stay."""
    changed = MeasuringConsent.objects.filter(person=person, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    if changed:
        forget_hits(Recipient.objects.filter(person=person))


def has_consented(person: Person) -> bool:
    """Whether a yes to measuring stands."""
    return MeasuringConsent.objects.filter(person=person, withdrawn_at=None).exists()
