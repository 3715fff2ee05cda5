"""Two indexes that others make superfluous go, and one comes for the roll-up; nobody waits for it.

Each is dropped or built concurrently, outside a transaction: letters are sent and hits are written meanwhile. Broken
off, the migration can be run again.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def _without_own_index(model: str, column: str, index: str, field: models.ForeignKey) -> list:
    """Drop the index of a foreign key that other indexes begin with."""
    table = f"newsletters_{model}"
    drop = migrations.RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {index}",
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {table} ({column})",
    )
    state = migrations.AlterField(model, column.removesuffix("_id"), field)
    return [migrations.SeparateDatabaseAndState(database_operations=[drop], state_operations=[state])]


def _delivery(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        "newsletters.delivery",
        on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name,
        db_index=False,
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("newsletters", "0007_sending_on")]

    operations = [
        *_without_own_index(
            "recipient", "delivery_id", "newsletters_recipient_delivery_id_caa3fb54", _delivery("recipients")
        ),
        *_without_own_index(
            "trackingevent",
            "delivery_id",
            "newsletters_trackingevent_delivery_id_d2a59722",
            _delivery("events"),
        ),
        # A build that was broken off leaves an invalid index behind, which would be in the way of the next one.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS event_of_token", migrations.RunSQL.noop),
        AddIndexConcurrently(
            "trackingevent",
            models.Index(
                fields=["delivery", "token"], condition=models.Q(("token__gt", "")), name="event_of_token"
            ),
        ),
    ]
