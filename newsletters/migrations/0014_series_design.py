"""Series get a design and a default audience; columns with defaults of the database, so old code may go on writing."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_cache_table'),
        ('newsletters', '0013_rows_left_by_merges'),
    ]

    operations = [
        migrations.AddField(
            model_name='series',
            name='accent_colour',
            field=models.CharField(blank=True, db_default='', default='', help_text="The colour of links, buttons and the line on top, in the letters and in the series' archive, e.g. #0b5345. It must stand out from white; dark mode gets a lighter shade of it. Left empty, the service's own is used.", max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Write the colour as # and six digits or letters a–f.')], verbose_name='accent colour'),
        ),
        migrations.AddField(
            model_name='series',
            name='default_audience',
            field=models.ForeignKey(blank=True, help_text="The saved audience the send page starts from, in the network's place. Left empty, it starts from the subscribers and the network's members.", null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='default_of', to='newsletters.savedaudience', verbose_name='default audience'),
        ),
        migrations.AddField(
            model_name='series',
            name='header_alt',
            field=models.CharField(blank=True, db_default='', default='', help_text="Shown and read aloud where the picture is not, e.g. the words in a logo. Left empty, the picture counts as decoration: the service's name stands below it either way.", max_length=150, verbose_name='what the picture says'),
        ),
        migrations.AddField(
            model_name='series',
            name='header_picture',
            field=models.ForeignKey(blank=True, help_text="A logo or a picture, JPEG or PNG, on top of every letter and of the archive. Left empty, letters have the service's logo.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.portalimage', verbose_name='picture on top'),
        ),
        migrations.AddField(
            model_name='series',
            name='header_shape',
            field=models.CharField(choices=[('logo', "Logo: whole, small, to the left above the service's name"), ('band', "Picture: a band across the whole width, above the service's name")], db_default='logo', default='logo', help_text="A band is cut to four times as wide as it is high, around the picture's focal point.", max_length=4, verbose_name='shape'),
        ),
    ]
