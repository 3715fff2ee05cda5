from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_file_erasures")]

    operations = [
        migrations.AddField(
            model_name="peopleimport",
            name="workplaces",
            field=models.JSONField(db_default={}, default=dict),
        ),
    ]
