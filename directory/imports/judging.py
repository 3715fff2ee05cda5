"""Judge rows against the register as it is now: new, changed, unchanged or rejected, with the reason.

The preview and the writing ask the same judge, so that what happened in between is seen.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _

from directory.imports.cells import Entry
from directory.imports.positions import PositionChange, position_change
from directory.imports.workplaces import Workplaces
from directory.models import ImportRow, PeopleImport, Person, PersonAddress
from directory.signals import barred_addresses_are_collected, import_is_prepared

Outcome = ImportRow.Outcome


@dataclass
class Candidate:
    """What the apps on the right are asked about: `main`, the address that mail to the person goes to, and the person
    whom the row belongs to, if known.

    They add to `remarks` and `additions`.
    """

    main: str
    person_id: int | None = None
    remarks: list[str] = field(default_factory=list)
    additions: list[str] = field(default_factory=list)


@dataclass
class Proposal:
    """What is to be done with a row."""

    entry: Entry
    outcome: str = Outcome.REJECTED
    reason: str = ""
    person: Person | None = None
    # Fields of the person with their new values, further addresses to note, and what happens to positions.
    fields: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    position: PositionChange = field(default_factory=PositionChange)
    additions: list[str] = field(default_factory=list)
    changes: list[list[str]] = field(default_factory=list)

    @property
    def is_written(self) -> bool:
        """Whether the row reaches the register."""
        return self.outcome != Outcome.REJECTED


class Judge:
    """Judges an import's rows batch by batch; remembers which addresses and people the file has named before."""

    def __init__(self, job: PeopleImport) -> None:
        self.job = job
        self.workplaces = Workplaces(job.workplaces)
        self.seen: dict[str, tuple[int, str]] = {}
        self.seen_people: dict[int, int] = {}

    def judge(self, entries: list[Entry], *, lock: bool = False) -> list[Proposal]:
        """Return a proposal for each entry; `lock` holds the people found until the transaction ends.

        The entries' values become what is to be kept of the row: the addresses that count, none that was erased.
        """
        usable = [entry for entry in entries if not entry.refusal]
        holders = _holders(usable, lock=lock)
        barred = barred_addresses(address for entry in usable for address in entry.addresses)
        proposals = [self._propose(entry, holders, barred) for entry in entries]
        self._ask_others([one for one in proposals if one.is_written])
        namesakes = _namesakes(one.entry.name for one in proposals if one.is_written and one.person is None)
        for proposal in proposals:
            if proposal.is_written:
                self._settle(proposal, holders, namesakes)
        return proposals

    def _propose(self, entry: Entry, holders: dict[str, Person], barred: dict[str, str]) -> Proposal:
        """Say whose row it is. Only an accepted row is remembered: a rejected one stops none that comes later."""
        if entry.refusal:
            return Proposal(entry, reason=entry.refusal)
        self._leave_out_seen(entry)
        proposal = self._match(entry, holders)
        found = [one for one in entry.addresses if one.lower() in barred and one.lower() not in holders]
        if found and proposal.person is None and proposal.is_written:
            return _erased(entry, barred[found[0].lower()])
        if found:
            _leave_out_barred(entry, found)
        if proposal.is_written:
            entry.values = entry.values | {"email": "; ".join(entry.addresses)}
            self._remember(proposal)
        return proposal

    def _leave_out_seen(self, entry: Entry) -> None:
        """Refuse an entry whose main address stood in an earlier row; leave out a further address that did."""
        if before := self.seen.get(entry.email):
            number, name = before
            if name and entry.name and name.casefold() != entry.name.casefold():
                text = _("Two people share the address: %(name)s has it in row %(row)s.")
            else:
                text = _("The same address stands in row %(row)s.")
            entry.refusal = text % {"row": number, "name": name}
            return
        for address in entry.addresses[1:]:
            if address.lower() in self.seen:
                entry.addresses.remove(address)
                entry.remarks.append(
                    _("%(address)s stands in row %(row)s too and is left out here.")
                    % {"address": address, "row": self.seen[address.lower()][0]}
                )

    def _match(self, entry: Entry, holders: dict[str, Person]) -> Proposal:
        """Find whose row it is; rejected when nobody can tell."""
        if entry.refusal:
            return Proposal(entry, reason=entry.refusal)
        found = {
            holders[address.lower()].pk: holders[address.lower()]
            for address in entry.addresses
            if address.lower() in holders
        }
        if len(found) > 1:
            names = ", ".join(str(person) for _key, person in sorted(found.items()))
            return Proposal(
                entry, reason=_("The addresses belong to different people: %(names)s.") % {"names": names}
            )
        person = next(iter(found.values()), None)
        if person is None:
            return Proposal(entry, Outcome.NEW)
        if before := self.seen_people.get(person.pk):
            return Proposal(entry, reason=_("The same person stands in row %(row)s.") % {"row": before})
        if _is_somebody_else(person, entry):
            return Proposal(entry, reason=_("The address belongs to %(name)s.") % {"name": person.name})
        return Proposal(entry, Outcome.UNCHANGED, person=person)

    def _remember(self, proposal: Proposal) -> None:
        entry = proposal.entry
        for address in entry.addresses:
            self.seen[address.lower()] = (entry.number, entry.name)
        if proposal.person is not None:
            self.seen_people[proposal.person.pk] = entry.number

    def _ask_others(self, proposals: list[Proposal]) -> None:
        asked = [(one, _candidate(one.entry, one.person)) for one in proposals]
        import_is_prepared.send(
            sender=PeopleImport, candidates=[candidate for _one, candidate in asked], chosen=self.job.choices
        )
        for proposal, candidate in asked:
            proposal.entry.remarks += candidate.remarks
            proposal.additions = candidate.additions

    def _settle(self, proposal: Proposal, holders: dict[str, Person], namesakes: dict[str, str]) -> None:
        """Work out what changes."""
        entry, person = proposal.entry, proposal.person
        organisation, unit = self.workplaces.find(entry)
        proposal.position = position_change(
            person, entry, organisation, unit, ends=self.job.ends_positions, changes=proposal.changes
        )
        if person is None:
            proposal.addresses = entry.addresses[1:]
            if other := namesakes.get(entry.name.casefold()):
                entry.remarks.append(
                    _("Someone called the same is in the register with the address %(address)s.")
                    % {"address": other}
                )
        else:
            proposal.fields = _changed_fields(person, entry, proposal.changes)
            proposal.addresses = [one for one in entry.addresses if one.lower() not in holders]
        proposal.changes += [[_("Further address"), "", address] for address in proposal.addresses]
        proposal.changes += [[_("Added to"), "", name] for name in proposal.additions]
        if person is not None and proposal.changes:
            proposal.outcome = Outcome.CHANGED


def barred_addresses(addresses: Iterable[str]) -> dict[str, str]:
    """Return the addresses that must not come in by others, in small letters, each with the reason as a sentence."""
    barred: dict[str, str] = {}
    barred_addresses_are_collected.send(
        sender=PeopleImport, addresses={one.lower() for one in addresses}, barred=barred
    )
    return barred


def _erased(entry: Entry, reason: str) -> Proposal:
    """Refuse the row and forget what it says: the number and the reason are all that is kept."""
    entry.values, entry.addresses, entry.remarks = {}, [], []
    return Proposal(entry, reason=reason)


def _leave_out_barred(entry: Entry, barred: list[str]) -> None:
    """The remark does not name the address: that would keep it."""
    entry.addresses = [address for address in entry.addresses if address not in barred]
    entry.values = entry.values | {"email": "; ".join(entry.addresses)}
    entry.remarks.append(_("An address that was erased on request is left out."))


def _holders(entries: list[Entry], *, lock: bool) -> dict[str, Person]:
    """Return who holds each of the addresses, as main or further address, by the address in small letters."""
    wanted = {address.lower() for entry in entries for address in entry.addresses}
    main = Person.objects.annotate(lower=Lower("email")).filter(lower__in=wanted)
    further = PersonAddress.objects.annotate(lower=Lower("email")).filter(lower__in=wanted)
    owners = dict(main.values_list("lower", "pk")) | dict(further.values_list("lower", "person_id"))
    people = Person.objects.filter(pk__in=set(owners.values()))
    if lock:
        people = people.select_for_update().order_by("pk")
    people = people.prefetch_related("positions__organisation", "positions__unit", "further_addresses")
    by_key = {person.pk: person for person in people}
    return {address: by_key[key] for address, key in owners.items() if key in by_key}


def _candidate(entry: Entry, person: Person | None) -> Candidate:
    if person is None:
        return Candidate(entry.addresses[0])
    return Candidate(person.email, person.pk)


def _is_somebody_else(person: Person, entry: Entry) -> bool:
    """Both names differ: not a corrected spelling or a marriage, but an address that two people use."""
    if not (person.first_name and person.last_name and entry.first_name and entry.last_name):
        return False
    first = person.first_name.casefold().split()[0] != entry.first_name.casefold().split()[0]
    return first and person.last_name.casefold() != entry.last_name.casefold()


def _changed_fields(person: Person, entry: Entry, changes: list[list[str]]) -> dict[str, str]:
    """Return what differs; an empty cell changes nothing."""
    changed = {}
    for name in ("first_name", "last_name", "profession"):
        old, new = getattr(person, name), getattr(entry, name)
        if new and new != old:
            changed[name] = new
            shown = dict(Person.Profession.choices) if name == "profession" else {}
            label = str(Person._meta.get_field(name).verbose_name)
            changes.append([label, str(shown.get(old, old)), str(shown.get(new, new))])
    return changed


def _namesakes(names: Iterable[str]) -> dict[str, str]:
    """Return the address of someone of the register for each name that is there already."""
    wanted = {name.lower() for name in names if " " in name}
    if not wanted:
        return {}
    whole = Lower(Concat("first_name", Value(" "), "last_name"))
    found = Person.objects.annotate(whole=whole).filter(whole__in=wanted)
    return {name.casefold(): email for name, email in found.values_list("whole", "email")}
