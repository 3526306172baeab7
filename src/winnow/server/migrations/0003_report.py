"""What de-identification did to each file of an upload."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('server', '0002_places_and_looks'),
    ]

    operations = [
        migrations.AddField(model_name='ingestedfile', name='changed', field=models.IntegerField(default=0)),
        migrations.AddField(model_name='ingestedfile', name='changes', field=models.BinaryField(default=b'')),
    ]
