"""What a user may add imported people to, as the apps on the right tell it: letter series."""

from dataclasses import dataclass, field

from accounts.models import User
from directory.models import Person
from directory.signals import import_choices_are_collected


@dataclass
class Offer:
    """(key, label) of each choice, keys by short name for the command line, and sentences where nothing is offered."""

    choices: list[tuple[str, str]] = field(default_factory=list)
    short_names: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def offer_for(user: User | None) -> Offer:
    """Return what this user may choose; None is the operator at the command line."""
    offer = Offer()
    import_choices_are_collected.send(sender=Person, user=user, offer=offer)
    return offer
