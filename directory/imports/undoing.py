"""Take an import back: the people it made go again, if nothing has come to hang on them since."""

from django.db import models, transaction
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from accounts.models import User
from directory.imports.positions import shown
from directory.models import ImportRow, PeopleImport, Person, PersonAddress, Position
from directory.signals import import_is_undone

BATCH = 500
# What an import itself makes of a person.
OWN = (Position, PersonAddress, ImportRow)


def undo(job: PeopleImport, user: User) -> tuple[int, int]:
    """Delete the people the import made; return how many went and how many stay because something points at them.

    What was changed of people who were there before stays changed. (0, 0) when it is too late or somebody was first.
    """
    if not job.can_be_undone or not job.move((PeopleImport.Status.DONE,), PeopleImport.Status.UNDONE):
        return 0, 0
    gone = stayed = 0
    made = job.rows.filter(outcome=ImportRow.Outcome.NEW, person__isnull=False)
    keys = list(made.values_list("person_id", flat=True))
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        with transaction.atomic():
            free = _free(job, batch)
            import_is_undone.send(sender=PeopleImport, people=free)
            job.rows.filter(person__in=free).update(remarks=[_("Taken back.")])
            Person.objects.filter(pk__in=free).delete()
        gone += len(free)
        stayed += len(batch) - len(free)
    log(instance=job, action="directory.undo_import", user=user, data={"gone": gone, "stayed": stayed})
    return gone, stayed


def _free(job: PeopleImport, keys: list[int]) -> list[int]:
    """Return those who may go: nothing is known of them but what the import made, in any app."""
    own = _untouched(job, keys)
    with transaction.atomic():
        # What other apps made for the import is taken away to see who is free then, and comes back: who stays keeps it.
        import_is_undone.send(sender=PeopleImport, people=own)
        free = _unpointed(own)
        transaction.set_rollback(True)
    return free


def _untouched(job: PeopleImport, keys: list[int]) -> list[int]:
    """Return those no other import has written to, with no position or further address but what the rows tell of."""
    elsewhere = ImportRow.objects.filter(person__in=keys, written_at__isnull=False).exclude(people_import=job)
    touched = set(elsewhere.values_list("person_id", flat=True))
    told = {
        row.person_id: {new for _label, _old, new in row.changes} for row in job.rows.filter(person__in=keys)
    }
    positions = Position.objects.filter(person__in=keys).select_related("organisation", "unit")
    touched |= {one.person_id for one in positions if shown(one) not in told[one.person_id]}
    addresses = PersonAddress.objects.filter(person__in=keys)
    touched |= {one.person_id for one in addresses if one.email not in told[one.person_id]}
    return [key for key in keys if key not in touched]


def _unpointed(keys: list[int]) -> list[int]:
    """Return those without a log-in at whom no row points but of the kinds an import makes."""
    people = Person.objects.filter(pk__in=keys, user=None)
    for relation in Person._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and relation.is_relation and not relation.concrete):
            continue
        if relation.related_model in OWN or relation.many_to_many:
            continue
        pointing = relation.related_model._base_manager.filter(**{relation.field.name: models.OuterRef("pk")})
        people = people.exclude(models.Exists(pointing))
    return list(people.values_list("pk", flat=True))
