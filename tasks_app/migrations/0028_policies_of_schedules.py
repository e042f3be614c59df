"""Policies, pauses, quiet periods and fill-ins of schedules; and what a slot was held back for."""

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('tasks_app', '0027_versions_of_schedules'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FillIn',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('stopped', 'Stopped'), ('finished', 'Finished')], default='running', max_length=8, verbose_name='state')),
                ('moments', models.JSONField(default=list)),
                ('total', models.PositiveIntegerField(verbose_name='times')),
                ('done', models.PositiveIntegerField(default=0)),
                ('made', models.PositiveIntegerField(default=0, verbose_name='jobs made')),
                ('pace', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='so many a minute')),
                ('next_at', models.DateTimeField()),
                ('why', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='begun')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
            ],
            options={
                'verbose_name': 'fill-in',
                'verbose_name_plural': 'fill-ins',
                'ordering': ['-created_at'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='QuietPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
                ('enabled', models.BooleanField(default=True, verbose_name='switched on')),
                ('queue', models.CharField(blank=True, max_length=255, verbose_name='only this queue')),
                ('kind', models.CharField(blank=True, max_length=255, verbose_name='only this kind of job')),
                ('between', models.CharField(choices=[('skip', 'They are skipped'), ('once', 'The last one runs when it ends'), ('each', 'Each one runs when it ends')], default='each', max_length=8, verbose_name='runs in it')),
                ('begins_at', models.DateTimeField(blank=True, null=True, verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('weekdays', models.CharField(blank=True, max_length=7, verbose_name='days of the week')),
                ('from_time', models.TimeField(blank=True, null=True, verbose_name='from')),
                ('until_time', models.TimeField(blank=True, null=True, verbose_name='until')),
                ('zone', models.CharField(blank=True, max_length=63, verbose_name='time zone')),
            ],
            options={
                'verbose_name': 'quiet period',
                'verbose_name_plural': 'quiet periods',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ScheduleGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, verbose_name='name')),
            ],
            options={
                'verbose_name': 'group of schedules',
                'verbose_name_plural': 'groups of schedules',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='SchedulePause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('begins_at', models.DateTimeField(verbose_name='paused since')),
                ('until', models.DateTimeField(blank=True, null=True, verbose_name='paused until')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('failures', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('between', models.CharField(choices=[('skip', 'They are skipped'), ('once', 'The last one runs when it ends'), ('each', 'Each one runs when it ends')], default='skip', max_length=8, verbose_name='its times meanwhile')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='resumed')),
            ],
            options={
                'verbose_name': 'pause of a schedule',
                'verbose_name_plural': 'pauses of schedules',
                'ordering': ['-begins_at', '-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='SchedulePolicy',
            fields=[
                ('changed_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='changed')),
                ('schedule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='policy', serialize=False, to='django_celery_beat.periodictask', verbose_name='schedule')),
                ('if_running', models.CharField(blank=True, choices=[('', 'Run beside it'), ('skip', 'Skip'), ('wait', 'Wait for its end; one waits at most'), ('stop', 'Stop it, and run once it has ended')], max_length=8, verbose_name='if the last run is still going')),
                ('most_failures', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='pause after so many failures in a row')),
                ('late_after', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='late after so many minutes')),
                ('too_long_after', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10080)], verbose_name='too long after so many minutes')),
                ('retries', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='tried again so many times')),
            ],
            options={
                'verbose_name': 'policy of a schedule',
                'verbose_name_plural': 'policies of schedules',
            },
        ),
        migrations.AlterModelOptions(
            name='scheduleoptions',
            options={'permissions': [('run_schedule', 'Can run schedules now'), ('pause_schedule', 'Can pause and resume schedules'), ('fill_in_schedule', 'Can fill in past times of schedules')], 'verbose_name': 'schedule options', 'verbose_name_plural': 'schedule options'},
        ),
        migrations.AddField(
            model_name='slot',
            name='attempt',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name='attempt'),
        ),
        migrations.AddField(
            model_name='slot',
            name='held_until',
            field=models.DateTimeField(null=True, verbose_name='held back until'),
        ),
        migrations.AddField(
            model_name='slot',
            name='how',
            field=models.CharField(blank=True, choices=[('', 'By its rhythm'), ('hand', 'Run by hand'), ('changed', 'Run by hand, with other arguments'), ('filled', 'Filled in')], db_default='', default='', max_length=8, verbose_name='how'),
        ),
        migrations.AlterField(
            model_name='slot',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('done', 'Done'), ('failed', 'Failed'), ('late', 'Done late'), ('missed', 'Missed'), ('skipped', 'Skipped'), ('held', 'Held back')], default='queued', max_length=8, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='fillin',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='fillin',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fill_ins', to='django_celery_beat.periodictask', verbose_name='schedule'),
        ),
        migrations.AddConstraint(
            model_name='quietperiod',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('begins_at__isnull', False), ('ends_at__isnull', False), ('from_time', None), ('until_time', None)), models.Q(('begins_at', None), ('ends_at', None), ('from_time__isnull', False), ('until_time__isnull', False)), _connector='OR'), name='quiet_once_or_recurring', violation_error_message='It is either once, from a moment until another, or on days from a time until another: fill in one of the two, wholly.'),
        ),
        migrations.AddConstraint(
            model_name='quietperiod',
            constraint=models.CheckConstraint(condition=models.Q(('queue', ''), ('kind', ''), _connector='OR'), name='quiet_of_one_thing', violation_error_message='Choose a queue or a kind of job, not both.'),
        ),
        migrations.AddConstraint(
            model_name='quietperiod',
            constraint=models.CheckConstraint(condition=models.Q(('between__in', ['skip', 'once', 'each'])), name='quiet_between_known', violation_error_message='Runs in it are skipped, run once when it ends, or run each.'),
        ),
        migrations.AddField(
            model_name='schedulepause',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='schedulepause',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='django_celery_beat.periodictask', verbose_name='schedule'),
        ),
        migrations.AddField(
            model_name='schedulepolicy',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks_app.schedulegroup', verbose_name='only one at a time of'),
        ),
        migrations.AddIndex(
            model_name='fillin',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['next_at'], name='fill_in_due'),
        ),
        migrations.AddConstraint(
            model_name='schedulepause',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None), ('until', None)), fields=('schedule',), name='one_pause_without_end', violation_error_message='It is paused without an end already.'),
        ),
        migrations.AddConstraint(
            model_name='schedulepause',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('begins_at')), _connector='OR'), name='pause_ends_after_it_begins', violation_error_message='The end of the pause is over already. Choose a later moment, or none.'),
        ),
        migrations.AddConstraint(
            model_name='schedulepause',
            constraint=models.CheckConstraint(condition=models.Q(('between__in', ['skip', 'once', 'each'])), name='pause_between_known', violation_error_message='Its times meanwhile are skipped, run once, or run each.'),
        ),
        migrations.AddConstraint(
            model_name='schedulepolicy',
            constraint=models.CheckConstraint(condition=models.Q(('if_running__in', ['', 'skip', 'wait', 'stop'])), name='policy_if_running_known', violation_error_message='If the last run is still going, the next one runs beside it, is skipped, waits, or stops it.'),
        ),
    ]
