"""Who gets which letters: starting, leaving one series or all letters, coming back, the preference page."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from directory.models import Person
from networks.models import Membership
from newsletters.audience import series_by_default
from newsletters.consents import give_consent, withdraw_consent
from newsletters.forgetting import SKIPPED_REPLY
from newsletters.models import Delivery, LeftAllLetters, Recipient, Series, Subscription, SuppressedAddress
from newsletters.suppression import stop_of


@transaction.atomic
def start(person: Person, series: Series, *, wording: str = "", requested_at: datetime | None = None) -> None:
    """Begin a series at the person's own wish: a confirmed sign-up, or a tick on their own page where that may."""
    come_back(person)
    begun: dict[str, Any] = {
        "status": Subscription.Status.ACTIVE,
        "basis": Subscription.Basis.DOUBLE_OPT_IN,
        "wording": wording,
        "confirmed_at": timezone.now(),
        "ended_at": None,
        "end_reason": "",
    }
    if requested_at:
        begun["requested_at"] = requested_at
    Subscription.objects.update_or_create(person=person, series=series, defaults=begun)


@transaction.atomic
def unsubscribe(
    person: Person, series: Series, *, recipient: Recipient | None = None, reason: str = ""
) -> None:
    """End the person's letters of the series, at once and also where they come through a network.

    Letters of the series that have not left yet are skipped. Pressed twice, the first time stands; a reason given
    later is added.
    """
    now = timezone.now()
    subscription, _made = Subscription.objects.select_for_update().get_or_create(
        person=person, series=series, defaults={"basis": Subscription.Basis.ROLE}
    )
    if subscription.status != Subscription.Status.UNSUBSCRIBED:
        subscription.status = Subscription.Status.UNSUBSCRIBED
        subscription.ended_at = now
        subscription.end_reason = reason[:200]
    elif reason:
        subscription.end_reason = reason[:200]
    subscription.save()
    _note_on_letter(recipient, now)
    _skip_waiting(Recipient.objects.filter(person=person, delivery__series=series))


@transaction.atomic
def unsubscribe_from_all(person: Person, *, recipient: Recipient | None = None, reason: str = "") -> None:
    """End every letter to the person, of series they never had and of series made later too.

    No import, no network and nobody's hand begins one again; only the person does. What was left before keeps its
    time and reason. The number of queries is the same however many series there are.
    """
    now = timezone.now()
    LeftAllLetters.objects.bulk_create([LeftAllLetters(person=person, since=now)], ignore_conflicts=True)
    _leave_each(person, now, reason)
    left = {"status": Subscription.Status.UNSUBSCRIBED, "ended_at": now, "end_reason": reason[:200]}
    person.subscriptions.exclude(status=Subscription.Status.UNSUBSCRIBED).update(**left)
    _note_on_letter(recipient, now)
    _skip_waiting(Recipient.objects.filter(person=person))


@transaction.atomic
def come_back(person: Person) -> None:
    """Whoever has left all letters and asks for one again gets that one: the others there are today stay left."""
    stand = LeftAllLetters.objects.select_for_update().filter(person=person).first()
    if stand:
        _leave_each(person, stand.since, "")
        stand.delete()


def _leave_each(person: Person, when: datetime, reason: str) -> None:
    """Note of every series the person has no row for that they have left it."""
    Subscription.objects.bulk_create(
        [
            Subscription(
                person=person,
                series=series,
                status=Subscription.Status.UNSUBSCRIBED,
                basis=Subscription.Basis.ROLE,
                ended_at=when,
                end_reason=reason[:200],
            )
            for series in Series.objects.all()
        ],
        ignore_conflicts=True,
    )


def _note_on_letter(recipient: Recipient | None, now: datetime) -> None:
    """Count the leaving with the letter whose link it came from, while its figures are open."""
    if recipient:
        rows = Recipient.objects.filter(pk=recipient.pk, delivery__statistics_closed_at=None)
        rows.filter(unsubscribed_at=None).update(unsubscribed_at=now)


def _skip_waiting(recipients: QuerySet[Recipient]) -> None:
    """Skip the letters that have not left yet."""
    recipients.filter(status=Recipient.Status.PENDING).update(
        status=Recipient.Status.SKIPPED, smtp_reply=SKIPPED_REPLY
    )


@transaction.atomic
def save_preferences(
    person: Person, wanted: list[Series], *, language: str, wording: str, measuring_wording: str | None
) -> None:
    """Make the person's letters, language and measuring what the preference page says.

    Who has said no to all letters begins none here: newsletters.own_stop asks them by mail.
    `measuring_wording` is the text beside the ticked box, empty when it is not ticked, None when nobody was asked.
    """
    current = letters_of(person)
    for series in current:
        if series not in wanted:
            unsubscribe(person, series)
    begun = [] if has_said_no(person) else [series for series in wanted if series not in current]
    for series in begun:
        start(person, series, wording=wording)
    if measuring_wording:
        give_consent(person, measuring_wording)
    elif measuring_wording is not None:
        withdraw_consent(person)
    if person.language != language:
        person.language = language
        person.save(update_fields=["language", "updated_at"])


def letters_of(person: Person) -> list[Series]:
    """The series whose next letter reaches the person: active subscriptions, what comes by default, or by a network.

    The network is one of theirs that a letter to the person was sent to. What was left does not come.
    """
    if has_left_all(person):
        return []
    left = Q(subscriptions__person=person, subscriptions__status=Subscription.Status.UNSUBSCRIBED)
    active = Q(subscriptions__person=person, subscriptions__status=Subscription.Status.ACTIVE)
    networks = list(Membership.objects.current().filter(person=person).values_list("page", flat=True))
    written_to = Q(pk__in=[])
    for network in networks:
        written_to |= Q(audience__networks__contains=[network])
    got = Delivery.objects.filter(written_to, recipients__person=person)
    return list(
        Series.objects.filter(active | Q(pk__in=series_by_default(person)) | Q(pk__in=got.values("series")))
        .exclude(pk__in=Series.objects.filter(left).values("pk"))
        .distinct()
    )


def left_since(person: Person, series: Series) -> datetime | None:
    """Return when the person left the series, None while letters of it may come."""
    left = Subscription.objects.filter(
        person=person, series=series, status=Subscription.Status.UNSUBSCRIBED
    ).first()
    return left.ended_at if left else None


def has_left_all(person: Person) -> bool:
    """Whether the person has left every letter, those of series to come too."""
    return LeftAllLetters.objects.filter(person=person).exists()


def has_said_no(person: Person) -> bool:
    """Whether the person has left every letter, or called one spam: whoever has their link does not undo that."""
    stop = stop_of(person.email)
    return has_left_all(person) or bool(stop and stop.reason == SuppressedAddress.Reason.COMPLAINT)
