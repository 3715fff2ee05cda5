from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0005_import_sheets")]

    operations = [
        migrations.AddField(
            model_name="importfile",
            name="erasures",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
