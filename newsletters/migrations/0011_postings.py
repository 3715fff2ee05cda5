from django.db import migrations, models


def _posting(model: str) -> list:
    """Let the rows wait for the mail server; what an older release writes meanwhile gets the database's defaults."""
    fields = {
        "attempts": models.PositiveSmallIntegerField(db_default=0, default=0),
        "gave_up_at": models.DateTimeField(blank=True, null=True),
        "is_uncertain": models.BooleanField(db_default=False, default=False),
        "lease_key": models.UUIDField(blank=True, null=True),
        "lease_until": models.DateTimeField(blank=True, null=True),
        "next_attempt_at": models.DateTimeField(blank=True, null=True),
    }
    return [migrations.AddField(model, name, field) for name, field in fields.items()]


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0010_orders_under_way")]

    operations = [*_posting("deliverystatistics"), *_posting("signuprequest")]
