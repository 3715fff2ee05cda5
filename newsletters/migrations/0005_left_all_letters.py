"""Who has left all letters, kept once per person instead of as a row for each series there happened to be."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("directory", "0002_imports"),
        ("newsletters", "0004_audiences"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeftAllLetters",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now, verbose_name="since")),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="left_all_letters",
                        to="directory.person",
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "person who has left all letters",
                "verbose_name_plural": "people who have left all letters",
            },
        ),
    ]
