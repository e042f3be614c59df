from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('backoffice', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='file',
            field=models.CharField(blank=True, default='', max_length=255),
        ),
        migrations.AlterField(
            model_name='attachment',
            name='content',
            field=models.BinaryField(default=bytes),
        ),
        AddIndexOnline(
            model_name='attachment',
            index=models.Index(fields=['file'], name='attachment_by_file'),
        ),
    ]
