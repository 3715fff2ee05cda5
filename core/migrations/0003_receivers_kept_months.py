import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_cache_table")]

    operations = [
        migrations.AddField(
            "servicesettings",
            "receivers_kept_months",
            models.PositiveSmallIntegerField(
                db_default=12,
                default=12,
                help_text=(
                    "Long enough to answer who got a letter. Then names, addresses and the mail servers' answers "
                    "are erased; outcomes and figures stay."
                ),
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(120),
                ],
                verbose_name="keep the receivers of letters (months)",
            ),
        ),
    ]
