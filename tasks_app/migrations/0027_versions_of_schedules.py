"""Versions of schedules, and the version that decided a slot."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('tasks_app', '0026_working_days'),
    ]

    operations = [
        migrations.AddField(
            model_name='scheduleoptions',
            name='version',
            field=models.PositiveIntegerField(null=True, verbose_name='version'),
        ),
        migrations.AddField(
            model_name='slot',
            name='version',
            field=models.PositiveIntegerField(null=True, verbose_name='version'),
        ),
        migrations.CreateModel(
            name='ScheduleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('at', models.DateTimeField(verbose_name='since')),
                ('made', models.CharField(choices=[('edited', 'Saved on a page'), ('found', 'Changed past the pages: in a shell, by a fixture or a program'), ('imported', 'Imported from a file'), ('back', 'Put back as it was'), ('over', 'Switched off after its only run'), ('deleted', 'Deleted')], max_length=8)),
                ('why', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('definition', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('digest', models.CharField(max_length=32)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='django_celery_beat.periodictask', verbose_name='schedule')),
            ],
            options={
                'verbose_name': 'version of a schedule',
                'verbose_name_plural': 'versions of schedules',
                'ordering': ['-number'],
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('made', 'deleted')), fields=['at'], name='deleted_schedules')],
                'constraints': [models.UniqueConstraint(fields=('schedule', 'number'), name='one_version_per_number')],
            },
        ),
    ]
