from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0014_series_design")]

    operations = [
        migrations.AddField(
            "delivery",
            "refusals",
            models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
