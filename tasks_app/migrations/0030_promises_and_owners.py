"""Promises, owners, followers and troubles of schedules, and feeds for calendars."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Schedules that came with the product need nobody; of the others nobody knows yet whose they are.
OF_THE_SYSTEM = """
    INSERT INTO tasks_app_scheduleowner (schedule_id, owner_id, is_system, since)
    SELECT id, NULL, TRUE, CURRENT_TIMESTAMP FROM django_celery_beat_periodictask
    WHERE name IN (SELECT name FROM tasks_app_seededschedule)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('django_celery_beat', '0019_alter_periodictasks_options'),
        ('tasks_app', '0029_open_slots'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('asked_at', models.DateTimeField(null=True, verbose_name='asked last')),
                ('minute', models.DateTimeField(editable=False, null=True)),
                ('asked', models.PositiveIntegerField(default=0, editable=False)),
            ],
            options={
                'verbose_name': 'calendar feed of schedules',
                'verbose_name_plural': 'calendar feeds of schedules',
                'ordering': ['made_at'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PromiseDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(editable=False, max_length=255, null=True, verbose_name='cause')),
                ('cause_params', models.JSONField(editable=False, encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ('schedule_name', models.CharField(max_length=200, verbose_name='schedule')),
                ('day', models.DateField(verbose_name='day')),
                ('deadline', models.DateTimeField(verbose_name='to be done by')),
                ('kept', models.BooleanField(verbose_name='kept')),
                ('done_at', models.DateTimeField(null=True, verbose_name='done')),
                ('moment', models.DateTimeField(null=True, verbose_name='run')),
                ('job_id', models.CharField(blank=True, max_length=255)),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('decided_at', models.DateTimeField(verbose_name='decided')),
            ],
            options={
                'verbose_name': 'day of a promise',
                'verbose_name_plural': 'days of promises',
                'ordering': ['-day'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ScheduleFollower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'follower of a schedule',
                'verbose_name_plural': 'followers of schedules',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ScheduleOwner',
            fields=[
                ('schedule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='ownership', serialize=False, to='django_celery_beat.periodictask', verbose_name='schedule')),
                ('is_system', models.BooleanField(default=False, verbose_name='of the system')),
                ('since', models.DateTimeField(verbose_name='since')),
            ],
            options={
                'verbose_name': 'owner of a schedule',
                'verbose_name_plural': 'owners of schedules',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SchedulePromise',
            fields=[
                ('schedule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='promise', serialize=False, to='django_celery_beat.periodictask', verbose_name='schedule')),
                ('done_by', models.TimeField(verbose_name='done by')),
                ('zone', models.CharField(max_length=63, verbose_name='time zone')),
                ('days', models.CharField(choices=[('working', 'On working days'), ('runs', 'On each day that it runs')], default='working', max_length=8, verbose_name='days')),
                ('since', models.DateTimeField(editable=False)),
                ('next_deadline', models.DateTimeField(blank=True, db_index=True, editable=False, null=True)),
            ],
            options={
                'verbose_name': 'promise of a schedule',
                'verbose_name_plural': 'promises of schedules',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ScheduleTrouble',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=255, verbose_name='cause')),
                ('params', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('began_at', models.DateTimeField(verbose_name='began')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='over')),
                ('begin_told', models.BooleanField(default=False)),
                ('end_told', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'trouble of a schedule',
                'verbose_name_plural': 'troubles of schedules',
                'ordering': ['-began_at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='promiseday',
            name='schedule',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='promise_days', to='django_celery_beat.periodictask', verbose_name='schedule'),
        ),
        migrations.AddField(
            model_name='schedulefollower',
            name='schedule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='followers', to='django_celery_beat.periodictask'),
        ),
        migrations.AddField(
            model_name='schedulefollower',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followed_schedules', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='scheduleowner',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_schedules', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
        ),
        migrations.AddField(
            model_name='schedulepromise',
            name='calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='tasks_app.calendar', verbose_name='calendar'),
        ),
        migrations.AddField(
            model_name='scheduletrouble',
            name='schedule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='troubles', to='django_celery_beat.periodictask'),
        ),
        migrations.AddIndex(
            model_name='promiseday',
            index=models.Index(fields=['day'], name='promise_by_day'),
        ),
        migrations.AddIndex(
            model_name='promiseday',
            index=models.Index(condition=models.Q(('kept', False)), fields=['schedule', '-day'], name='promise_broken'),
        ),
        migrations.AddConstraint(
            model_name='promiseday',
            constraint=models.UniqueConstraint(fields=('schedule', 'day'), name='one_day_of_a_promise'),
        ),
        migrations.AddConstraint(
            model_name='schedulefollower',
            constraint=models.UniqueConstraint(fields=('schedule', 'user'), name='one_follower'),
        ),
        migrations.AddConstraint(
            model_name='scheduleowner',
            constraint=models.CheckConstraint(condition=models.Q(('is_system', False), ('owner', None), _connector='OR'), name='system_or_owner', violation_error_message='A schedule of the system has no owner.'),
        ),
        migrations.AddIndex(
            model_name='scheduletrouble',
            index=models.Index(condition=models.Q(('begin_told', False), models.Q(('end_told', False), ('ended_at__isnull', False)), _connector='OR'), fields=['id'], name='trouble_untold'),
        ),
        migrations.AddIndex(
            model_name='scheduletrouble',
            index=models.Index(fields=['ended_at'], name='trouble_by_end'),
        ),
        migrations.AddIndex(
            model_name='scheduletrouble',
            index=models.Index(fields=['schedule'], name='trouble_of_schedule'),
        ),
        migrations.AddConstraint(
            model_name='scheduletrouble',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('schedule',), name='one_open_trouble'),
        ),
        migrations.RunSQL(OF_THE_SYSTEM, migrations.RunSQL.noop),
    ]
