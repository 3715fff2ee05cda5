from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0015_refusals")]

    operations = [
        migrations.AddField(
            "delivery",
            "receivers_erased_at",
            models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            "deliverystatistics",
            "receivers_counted_at",
            models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
