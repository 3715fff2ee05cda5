"""What newsletters does when core or another app on its left has news."""

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from core.receivers import forget_after
from core.setup import ensure_child
from core.signals import readiness_is_told, site_is_set_up
from directory.signals import (
    barred_addresses_are_collected,
    import_choices_are_collected,
    import_is_prepared,
    import_rows_are_written,
    import_traces_are_collected,
    people_are_merging,
    person_data_is_collected,
    person_is_being_erased,
    person_links_are_collected,
)
from newsletters import forgetting, imports, merging, standstill
from newsletters.bounces import stray
from newsletters.models import LetterArchivePage, Series, Subscription
from newsletters.tokens import preferences_token

# The archive shows a series' name and description and whether readers may sign up.
forget_after(Series)


@receiver(readiness_is_told)
def tell_of_deliveries(details: dict, **kwargs) -> None:
    """Monitoring sees how many letters wait, how fast they leave, and what stands still."""
    details["letters"] = standstill.figures()


@receiver(site_is_set_up)
def add_index_page(home, **kwargs) -> None:
    """Add the app's own index page to a new site."""
    ensure_child(home, LetterArchivePage, "brev", "Brev")


@receiver(person_is_being_erased)
def erase_person(person, **kwargs) -> None:
    """Erase what letters know; a hash keeps the person from coming back by an import."""
    stray.forget(person)
    forgetting.forget_person(person)


@receiver(people_are_merging)
def merge_people(keep, drop, **kwargs) -> None:
    """A no wins over a yes, and each letter goes out once."""
    merging.merge_people(keep, drop)


@receiver(person_data_is_collected)
def collect_data(person, parts: list, **kwargs) -> None:
    """Show the person what letters know."""
    parts += forgetting.stored_about(person)
    parts.append((_("Mail that came back and names you"), stray.stored_about(person)))


@receiver(person_links_are_collected)
def add_links(person, links: dict[str, str], **kwargs) -> None:
    """Give the person's own page the way to the preferences."""
    links["preferences"] = reverse("newsletters:preferences", args=[preferences_token(person.pk)])


@receiver(import_choices_are_collected)
def offer_series(user, offer, **kwargs) -> None:
    """Imported people may be subscribed to series."""
    imports.offer_series(user, offer)


@receiver(barred_addresses_are_collected)
def bar_erased_addresses(addresses: set[str], barred: dict[str, str], **kwargs) -> None:
    """The erased never come back by an import or by hand."""
    imports.bar_erased(addresses, barred)


@receiver(import_is_prepared)
def judge_import(candidates: list, chosen: list[str], **kwargs) -> None:
    """Whoever has left a series is not subscribed again."""
    imports.judge(candidates, chosen)


@receiver(import_rows_are_written)
def subscribe_imported(people: list[int], chosen: list[str], basis: str, by_hand: bool, **kwargs) -> None:
    """Start the chosen letters."""
    imports.subscribe(people, chosen, basis, by_hand=by_hand)


@receiver(import_traces_are_collected)
def name_traces(traces: dict, **kwargs) -> None:
    """An import that is taken back takes its subscriptions along."""
    traces[Subscription] = imports.MADE_BY_IMPORT
