from django.db import migrations


def remember_revisions(apps, schema_editor):
    """Orders made before hold for what was approved, else for the letter as it is now."""
    delivery = apps.get_model("newsletters", "Delivery")
    revision = apps.get_model("wagtailcore", "Revision")
    waiting = delivery.objects.filter(status__in=["awaiting", "scheduled"], revision=None)
    for row in waiting.select_related("letter"):
        approved = revision.objects.filter(pk=row.approved_revision).first()
        row.revision_id = approved.pk if approved else row.letter.latest_revision_id
        row.save(update_fields=["revision"])


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0009_ordered_revision")]

    operations = [migrations.RunPython(remember_revisions, migrations.RunPython.noop)]
