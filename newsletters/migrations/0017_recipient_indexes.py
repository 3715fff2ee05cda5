"""Indexes of a receiver's region and organisation go: every row a worker claims or records would write them anew.

Figures read them by delivery, and a region or an organisation is hardly ever deleted. Dropped concurrently, outside a
transaction: letters are sent meanwhile. Broken off, the migration can be run again.
"""

import django.db.models.deletion
from django.db import migrations, models

TABLE = "newsletters_recipient"
INDEXES = {
    "region_id": "newsletters_recipient_region_id_0d7d6f96",
    "organisation_id": "newsletters_recipient_organisation_id_dbbff497",
}


def _snapshot(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        model,
        blank=True,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("newsletters", "0016_retention")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {TABLE} ({column})",
                )
                for column, index in INDEXES.items()
            ],
            state_operations=[
                migrations.AlterField("recipient", "region", _snapshot("directory.healthregion")),
                migrations.AlterField("recipient", "organisation", _snapshot("directory.organisation")),
            ],
        ),
    ]
