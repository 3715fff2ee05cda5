"""Signals by which the register tells the apps on its right, and its own receivers."""

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed, user_logged_in
from django.dispatch import Signal, receiver

from accounts.signals import address_is_confirmed, own_data_is_collected, unknown_address_asks_for_code

# Sent with `keep` and `drop` inside the transaction, before anything is moved: an app with rules of its own
# (an unsubscription wins over a subscription) moves its rows here; what is left moves by itself.
people_are_merging = Signal()
# Sent with `person` inside the transaction, just before the person is deleted: an app erases what it keeps about
# the person outside rows that point at them (snapshots of names and addresses).
person_is_being_erased = Signal()
# Sent with `person` and the list `parts`: each app adds (heading, rows) of what it has stored about the person.
person_data_is_collected = Signal()
# Sent with `person` and `old`, after the main address has been changed.
address_is_corrected = Signal()
# Sent with `person` and the dict `links`: apps add addresses for the person's own page, e.g. "preferences".
person_links_are_collected = Signal()
# Sent with `user` (None: the operator at the command line) and `offer` (directory.imports.offers.Offer): apps add what
# this user may add imported people to, or say why nothing.
import_choices_are_collected = Signal()
# Sent with the set `addresses`, in small letters, and the dict `barred`: apps add the addresses that must not come in
# by others, each with the reason as a sentence.
barred_addresses_are_collected = Signal()
# Sent with `candidates` (directory.imports.judging.Candidate) and the keys `chosen`, for the preview and when rows
# are written: apps say what they would add and what they would not.
import_is_prepared = Signal()
# Sent with `people` (their primary keys), `chosen`, the text `basis` and `by_hand` (one person from a form),
# inside the transaction that wrote a batch of rows: apps add the people to what was chosen.
import_rows_are_written = Signal()
# Sent with the dict `traces`: apps add, by model, a Q of the rows that an import makes of a person. When the import is
# taken back they hold nobody in the register, and go with the person.
import_traces_are_collected = Signal()


@receiver(email_confirmed)
def confirmed_by_mail(email_address, **kwargs) -> None:
    """A user who has confirmed an address of the register is that person."""
    from directory.services import become_person

    become_person(email_address.user)


@receiver(user_logged_in)
def logged_in(user, **kwargs) -> None:
    """Logging in by code confirms an address too; look again."""
    from directory.services import become_person

    become_person(user)


@receiver(address_is_confirmed)
def confirmed_otherwise(user, **kwargs) -> None:
    """An accepted invitation confirms the address it was mailed to."""
    from directory.services import become_person

    become_person(user)


@receiver(unknown_address_asks_for_code)
def let_person_in(email: str, **kwargs) -> None:
    """A person of the register who asks for a code gets a log-in without a password; the code proves the address."""
    from accounts.models import User
    from directory.models import Person

    person = Person.objects.by_email(email).filter(user__isnull=True).first()
    if person is None or User.objects.filter(email__iexact=email).exists():
        return
    user = User.objects.create_user(email, first_name=person.first_name, last_name=person.last_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)


@receiver(own_data_is_collected)
def add_register_data(user, data: dict, **kwargs) -> None:
    """Add what the register and the apps on its right hold about the user's person."""
    from directory.services import collect

    person = getattr(user, "person", None)
    if person is not None:
        data.update(collect(person))
