"""What a person wishes besides leaving: interests, a pause, or important letters only."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from directory.models import Person
from newsletters.models import Delivery, FewerLetters, Interest, PersonInterest, Recipient

PAUSE_MONTHS = 3
PAUSED_REPLY = gettext_noop("paused before the letter left")


class Wish(models.TextChoices):
    """How many letters a person wants."""

    ALL = "all", _("All the letters I have chosen")
    IMPORTANT = "important", _("Only the most important ones")
    PAUSE = "pause", _("No letters for three months")


def wish_of(person: Person) -> Wish:
    """Return what holds for the person today."""
    found = FewerLetters.objects.filter(person=person).first()
    if found and found.pause_end:
        return Wish.PAUSE
    return Wish.IMPORTANT if found and found.only_important else Wish.ALL


def pause_end(person: Person) -> date | None:
    """Return the last day of the person's pause, if one holds today."""
    found = FewerLetters.objects.filter(person=person).first()
    return found.pause_end if found else None


@transaction.atomic
def set_wish(person: Person, wish: str) -> None:
    """Make the wish count from now on, for every letter.

    A pause that holds keeps its end; what held before it holds again afterwards. Letters that wait are skipped;
    for someone who wants only important ones, those that are not.
    """
    waiting = Recipient.objects.filter(person=person, status=Recipient.Status.PENDING)
    skipped = {"status": Recipient.Status.SKIPPED, "smtp_reply": PAUSED_REPLY}
    if wish == Wish.PAUSE:
        if not pause_end(person):
            FewerLetters.objects.update_or_create(
                person=person, defaults={"paused_until": _months_from_now()}
            )
        waiting.update(**skipped)
    elif wish == Wish.IMPORTANT:
        FewerLetters.objects.update_or_create(
            person=person, defaults={"only_important": True, "paused_until": None}
        )
        important = Delivery.objects.filter(audience__is_important=True)
        waiting.exclude(delivery__in=important).update(**skipped)
    else:
        FewerLetters.objects.filter(person=person).delete()


@transaction.atomic
def lessen(person: Person, wish: str) -> None:
    """Make the wish count without a letter more than before: a pause that holds goes on."""
    end = pause_end(person)
    set_wish(person, wish)
    if end:
        FewerLetters.objects.filter(person=person).update(paused_until=end)


def end_pause(person: Person) -> None:
    """Whoever signs up again wants letters now."""
    FewerLetters.objects.filter(person=person).update(paused_until=None)


def set_interests(person: Person, interests: Iterable[Interest]) -> None:
    """Make the person's interests these."""
    wanted = list(interests)
    person.interests.exclude(interest__in=wanted).delete()
    PersonInterest.objects.bulk_create(
        [PersonInterest(person=person, interest=interest) for interest in wanted], ignore_conflicts=True
    )


def merge_wishes(keep: Person, drop: Person) -> None:
    """Two entries of one human being: the longer pause and the wish for important letters only win."""
    rows = list(FewerLetters.objects.filter(person__in=[keep, drop]))
    if not rows:
        return
    wish = {
        "paused_until": max((row.paused_until for row in rows if row.paused_until), default=None),
        "only_important": any(row.only_important for row in rows),
    }
    FewerLetters.objects.update_or_create(person=keep, defaults=wish)


def erase_ended_pauses() -> int:
    """Forget pauses that are over; return how many."""
    over = FewerLetters.objects.filter(paused_until__lt=timezone.localdate())
    number = over.filter(only_important=True).update(paused_until=None) + over.delete()[0]
    # Left behind where a sign-up ended the pause.
    FewerLetters.objects.filter(only_important=False, paused_until=None).delete()
    return number


def _months_from_now() -> date:
    """Return the day three months ahead, or that month's last day."""
    today = timezone.localdate()
    months = today.month - 1 + PAUSE_MONTHS
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, monthrange(year, month)[1]))
